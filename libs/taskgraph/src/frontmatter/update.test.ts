import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFrontmatter, serializeFrontmatter, updateFrontmatter } from '../index.ts'

const text = `---
# The plan of March.
id: a
name: "Do it"   # quoted on purpose
depends_on: [b,   c] # both
status: pending # set by hand
colour: red
checks:
  # fast first
  - name: types
    command: "npm run types"
tags:
- x
---

# Do it

---
status: pending
`

test('only the value of the changed field changes', () => {
  expect(updateFrontmatter(text, { status: 'completed' })).toBe(
    text.replace('status: pending # set by hand', 'status: completed # set by hand'),
  )
})

test('a new field is added at the end of the front matter', () => {
  expect(updateFrontmatter(text, { assignee: 'ada' })).toBe(
    text.replace('- x\n---', '- x\nassignee: ada\n---'),
  )
})

test('a removed field takes its line with it', () => {
  expect(updateFrontmatter(text, { status: undefined })).toBe(
    text.replace('status: pending # set by hand\n', ''),
  )
})

test('a list is replaced and depends_on is found by its other name', () => {
  const changed = updateFrontmatter(text, { dependsOn: ['d'], touches: ['*.ts'] })
  expect(readFrontmatter(changed).task).toMatchObject({ dependsOn: ['d'], touches: ['*.ts'] })
  expect(changed).toContain('name: "Do it"   # quoted on purpose')
  expect(changed).toContain('  # fast first')
})

test('a text without a change is returned as it is', () => {
  expect(updateFrontmatter(text, { status: 'pending', id: 'a' })).toBe(text)
})

test('line ends of Windows and a byte-order mark stay', () => {
  const windows = `\uFEFF${text.replaceAll('\n', '\r\n')}`
  expect(updateFrontmatter(windows, { status: 'failed', assignee: 'ada' })).toBe(
    windows
      .replace('status: pending # set', 'status: failed # set')
      .replace('- x\r\n---', '- x\r\nassignee: ada\r\n---'),
  )
})

test('a key without a value gets one', () => {
  const empty = '---\nid: a\nname: A\ndependsOn: []\nrisk:\n---\n'
  expect(updateFrontmatter(empty, { risk: 'low' })).toBe(empty.replace('risk:', 'risk: low'))
})

test('a front matter in braces can be changed', () => {
  const flow = '---\n{id: a, name: A, dependsOn: [], status: pending}\n---\nbody'
  expect(readFrontmatter(updateFrontmatter(flow, { status: 'completed' })).task?.status).toBe(
    'completed',
  )
})

test('a value that does not fit is refused', () => {
  expect(() => updateFrontmatter(text, { status: 'done' })).toThrow('status: expected one of')
})

test('any field of any written task can be set to any value without a change to the others', () => {
  const value = fc.string({ unit: 'binary' }).map((one) => one.replaceAll('\u0000', ''))
  const task = fc.record({
    id: value.filter((one) => one !== ''),
    name: value,
    dependsOn: fc.array(
      value.filter((one) => one !== ''),
      { maxLength: 2 },
    ),
  })
  fc.assert(
    fc.property(task, fc.constantFrom('name', 'assignee', 'due'), value, (made, key, text_) => {
      const before = serializeFrontmatter({ ...made, assignee: 'x' }, 'body')
      const after = updateFrontmatter(before, { [key]: text_ })
      expect(readFrontmatter(after).task).toEqual({ ...made, assignee: 'x', [key]: text_ })
      expect(readFrontmatter(after).body).toBe('body')
    }),
    { numRuns: 100 },
  )
})
