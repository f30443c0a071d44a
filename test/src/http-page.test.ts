import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = text('docs/reference/http.md')
const folder = 'services/gateway/src/routes'
const sources = [
  ...readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => text(`${folder}/${name}`)),
  text('libs/http/src/health.ts'),
]

test('docs/reference/http.md has a section for every route that the gateway answers, and for no other', () => {
  const routes = sources.flatMap((source) =>
    [...source.matchAll(/\bapp\.(get|post|put|patch|delete)(?:<[^>]*>)?\(\s*'([^']+)'/g)].map(
      ([, method = '', path = '']) => `${method.toUpperCase()} ${path}`,
    ),
  )
  const sections = [...page.matchAll(/^## ((?:GET|POST|PUT|PATCH|DELETE) \S+)$/gm)].map(
    ([, route = '']) => route,
  )
  expect(sections.toSorted()).toEqual(routes.toSorted())
})

test('docs/reference/http.md names every forwarded address', () => {
  const forwarded = /const FORWARDED[\s\S]*?\n\]/.exec(text(`${folder}/forward.ts`))?.[0] ?? ''
  const paths = [...forwarded.matchAll(/\['([^']+)'/g)].map(([, path]) => path)
  expect(paths.length).toBeGreaterThan(0)
  for (const path of paths) expect(page).toContain(`\`${path}\``)
})

test('docs/reference/http.md names every query parameter and header that a route reads', () => {
  const parameters = sources.flatMap((source) =>
    [...source.matchAll(/readQuery\(request\.query, \[([^\]]*)\]/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name),
    ),
  )
  expect(parameters.length).toBeGreaterThan(5)
  for (const name of parameters) expect(page).toMatch(new RegExp(`\`[?]?${name}[\`=]`))
  const headers = text('services/gateway/src/calls/call-headers.ts')
  for (const [, name] of headers.matchAll(/one\(headers, '([^']+)'\)/g))
    expect(page).toContain(`| \`${name}\` |`)
})
