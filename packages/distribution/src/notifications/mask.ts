/** An address or a number as a log may hold it: enough to recognize it, too little to write to it. */
export function maskRecipient(recipient: string): string {
  const at = recipient.lastIndexOf('@')
  if (at > 0) return `${recipient.slice(0, 1)}…@${recipient.slice(at + 1)}`
  return recipient.length > 4 ? `…${recipient.slice(-2)}` : '…'
}

const mostCharacters = 300

/** Why a message did not go out, in one line: servers like to repeat addresses, numbers and links in what they answer. */
export function maskReason(reason: string): string {
  const [line = ''] = reason.trim().split(/[\r\n]/)
  return line
    .replaceAll(/https?:\/\/[^\s"'<>]+/gi, '<url>')
    .replaceAll(/[^\s@<>"']+@[^\s@<>"',;:]+/g, (address) => maskRecipient(address))
    .replaceAll(/\+?\d{7,}/g, (number) => maskRecipient(number))
    .slice(0, mostCharacters)
}
