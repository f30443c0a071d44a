import { createHash } from 'node:crypto'
import type { HttpApp } from '@alkdev/http'
import { PAGE, SCRIPT, STYLE } from '../docs/page.ts'

const sourceOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** `GET /docs`: the documentation page. It needs no key, since it uses the visitor's; its policy allows no other script. */
export function addDocs(app: HttpApp): void {
  const policy = [
    "default-src 'none'",
    `script-src ${sourceOf(SCRIPT)}`,
    `style-src ${sourceOf(STYLE)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  app.get('/docs', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('referrer-policy', 'no-referrer')
      .send(PAGE),
  )
}
