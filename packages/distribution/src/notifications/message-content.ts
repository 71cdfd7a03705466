import { html } from '../pages/html.ts'

/** What a message says, whatever the channel. */
export interface MessageContent {
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly link: { readonly label: string; readonly url: string }
  /** In small print, after the link. */
  readonly note?: string
  readonly language: 'es-CO' | 'en'
}

export function plainText({ paragraphs, link, note }: MessageContent): string {
  return `${[...paragraphs, `${link.label}:\n${link.url}`, ...(note ? [note] : [])].join('\n\n')}\n`
}

/** Simple enough for every mail program: no style sheet, no picture, nothing to be fetched. */
export async function htmlText(content: MessageContent): Promise<string> {
  const { subject, paragraphs, link, note, language } = content
  const page = html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><title>${subject}</title></head>
<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 36rem; margin: 1rem auto; padding: 0 1rem">
<h1 style="font-size: 20px">${subject}</h1>
${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}
<p><a href="${link.url}">${link.label}</a></p>
${note && html`<p style="font-size: 14px">${note}</p>`}
</body>
</html>
`
  return String(await page)
}
