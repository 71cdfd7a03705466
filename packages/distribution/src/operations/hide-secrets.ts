const secretKey = /password|passwd|contrase|secret|token|api_?key|authorization|cookie/i

/** For `JSON.parse`: what stands under a key that sounds like a secret is not shown. */
export function hideSecrets(key: string, value: unknown): unknown {
  return secretKey.test(key) && value !== null ? '••••••' : value
}
