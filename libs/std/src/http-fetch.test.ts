import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { encodedForm, httpFetch } from './http-fetch.ts'

test('a compressed answer that ends with its connection is read whole (B2)', async () => {
  const items = Array.from({ length: 30_000 }, (_, id) => ({ id, key: Math.random() }))
  const text = JSON.stringify(items)
  const server = createServer((_, response) => {
    response.useChunkedEncodingByDefault = false
    response.writeHead(200, { 'content-encoding': 'gzip', connection: 'close' })
    response.end(gzipSync(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (let index = 0; index < 8; index++) {
      const response = await httpFetch(url)
      expect((await response.text()) === text).toBe(true)
    }
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

test('a form is encoded with the boundary that its content type names', async () => {
  const form = new FormData()
  form.append('file', new Blob(['abc'], { type: 'text/plain' }), 'a.txt')
  const { contentType, body } = await encodedForm(form)
  const boundary = /boundary=(.+)$/.exec(contentType)?.[1]
  expect(Buffer.from(body).toString()).toContain(`--${boundary}\r\n`)
})
