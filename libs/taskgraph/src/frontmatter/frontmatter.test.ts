import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFrontmatter, readFrontmatter, serializeFrontmatter } from '../index.ts'
import type { TaskInput } from '../index.ts'

const block = (yaml: string, body = '') => `---\n${yaml}\n---\n${body}`
const places = (markdown: string) =>
  readFrontmatter(markdown).problems.map(({ line, column, field }) => [line, column, field])

describe('finding the block', () => {
  const task = { id: 'a', name: 'A', dependsOn: [] }
  const yaml = 'id: a\nname: A\ndependsOn: []'

  test.each([
    ['a byte-order mark', `\uFEFF${block(yaml)}`],
    ['blank lines and blanks before the marker', `\n  \n  ${block(yaml)}`],
    ['Windows line ends', block(yaml).replaceAll('\n', '\r\n')],
    ['blanks after the markers', `---  \n${yaml}\n---\t\n`],
    ['no line end after the closing marker', `---\n${yaml}\n---`],
    ['a rule in the body', block(yaml, 'text\n---\nmore')],
  ])('accepts %s', (_name, markdown) => {
    expect(parseFrontmatter(markdown)).toEqual(task)
  })

  test.each([
    ['no marker', 'id: a'],
    ['four dashes', `----\n${yaml}\n----\n`],
    ['a text before it', `# Title\n${block(yaml)}`],
    ['an empty text', ''],
  ])('refuses %s with an empty field', (_name, markdown) => {
    expect(() => parseFrontmatter(markdown)).toThrow(expect.objectContaining({ field: '' }))
  })

  test('an indented marker does not close the block, and one that is never closed is reported at its line', () => {
    expect(readFrontmatter(`\n---\n${yaml}\n ---\n`).problems).toEqual([
      expect.objectContaining({ code: 'unclosed-frontmatter', line: 2 }),
    ])
  })

  test('an empty block lacks its fields and is no missing block', () => {
    expect(readFrontmatter('---\n---\n').problems.map((problem) => problem.code)).toEqual(['yaml'])
  })

  test('the body is what follows, as it is', () => {
    expect(readFrontmatter(block(yaml, '\n# A\n\n---\n')).body).toBe('\n# A\n\n---\n')
  })
})

describe('fields', () => {
  test('all of them are read and unknown ones dropped', () => {
    const task = parseFrontmatter(
      block(
        [
          'id: a',
          'name: Do it',
          'status: in-progress',
          'depends_on: [b, "c d"]',
          'scope: narrow',
          'risk: null',
          'impact: phase',
          'level: review',
          'priority: high',
          'tags: [x]',
          'assignee: me',
          'due: 2026-01-31',
          'created: 2026-01-01T00:00:00Z',
          'modified: yesterday',
          'colour: red',
        ].join('\n'),
      ),
    )
    expect(task).toEqual({
      id: 'a',
      name: 'Do it',
      status: 'in-progress',
      dependsOn: ['b', 'c d'],
      scope: 'narrow',
      risk: null,
      impact: 'phase',
      level: 'review',
      priority: 'high',
      tags: ['x'],
      assignee: 'me',
      due: '2026-01-31',
      created: '2026-01-01T00:00:00Z',
      modified: 'yesterday',
    })
  })

  test('depends_on counts only when dependsOn is absent', () => {
    const both = block('id: a\nname: A\ndepends_on: [x]\ndependsOn: [y]')
    expect(parseFrontmatter(both).dependsOn).toEqual(['y'])
  })

  test('yes and no stay texts', () => {
    expect(parseFrontmatter(block('id: no\nname: yes\ndependsOn: []')).id).toBe('no')
  })

  test('dependsOn is required', () => {
    expect(() => parseFrontmatter(block('id: a\nname: A'))).toThrow(
      'dependsOn: is missing; expected a list of task ids (write "dependsOn: []" when there are none)',
    )
  })

  test('every field that is wrong is reported with its line, in order', () => {
    const reading = readFrontmatter(
      block(
        'id: 7\nrisk: huge\nname: A\ndepends_on:\n  - b\n  - 3\n  - ""\ntags: x\nscope: [broad]',
      ),
    )
    expect(reading.task).toBeUndefined()
    expect(
      reading.problems.map(
        ({ line, column, field, message }) => `${line}:${column} ${field} ${message}`,
      ),
    ).toEqual([
      '2:5 id expected a text that is not empty, found the number 7; put it in quotes',
      '3:7 risk expected one of trivial, low, medium, high, critical, found "huge"',
      '7:5 dependsOn/1 expected text, found the number 3; put it in quotes',
      '8:5 dependsOn/2 expected text, found an empty text',
      '9:7 tags expected a list of texts, found "x"',
      '10:8 scope expected one of single, narrow, moderate, broad, system, found a list',
    ])
  })

  test('a key without a value is reported at its own line', () => {
    expect(places(block('id: a\nname: A\ndepends_on:\nscope: narrow'))).toEqual([
      [4, 12, 'dependsOn'],
    ])
  })

  test('the error thrown carries field and line of the first problem', () => {
    expect(() => parseFrontmatter(block('id: a\nname: A\nrisk: x\ndependsOn: x'))).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', field: 'risk', line: 4, column: 7 }),
    )
  })
})

describe('hostile YAML', () => {
  test.each([
    ['a tab as indentation', 'id: a\nname: A\ndependsOn:\n\t- b', 5],
    ['a key twice', 'id: a\nid: b', 3],
    ['an unclosed list', 'id: a\ndependsOn: [b\nname: A', 4],
    ['an unknown tag', 'id: a\nname: !js/function x', 3],
    ['an alias without an anchor', 'id: a\nname: *x', 3],
    ['an alias', 'id: &x a\nname: *x\ndependsOn: []', 3],
    ['a text', 'hello', 2],
    ['a list', '- id: a', 2],
    ['a second document', 'id: a\n... \nname: b', 4],
  ])('%s is a problem with its line', (_name, yaml, line) => {
    const { task, problems } = readFrontmatter(block(yaml))
    expect(task).toBeUndefined()
    expect(problems[0]).toMatchObject({ line })
    expect(problems[0]?.message).not.toContain('\n')
  })

  test('an alias bomb is refused, or not looked into under a key that does not count', () => {
    const bomb = ['x0: &x0 [lol]']
    for (let level = 1; level < 40; level += 1) {
      bomb.push(
        `x${level}: &x${level} [${Array.from({ length: 9 }, () => `*x${level - 1}`).join(', ')}]`,
      )
    }
    const fine = readFrontmatter(block([...bomb, 'id: a', 'name: A', 'dependsOn: []'].join('\n')))
    expect(fine.task?.id).toBe('a')
    const hit = readFrontmatter(block([...bomb, 'id: a', 'name: A', 'dependsOn: *x39'].join('\n')))
    expect(hit.problems).toEqual([expect.objectContaining({ field: 'dependsOn', line: 44 })])
  })

  test('keys with the names of object members are ordinary keys', () => {
    const yaml =
      'id: a\nname: A\ndependsOn: []\n__proto__: {polluted: 1}\nconstructor: 2\ntoString: 3'
    const task = parseFrontmatter(block(yaml))
    expect(Object.keys(task)).toEqual(['id', 'name', 'dependsOn'])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  test.each(['[', '{a: ', '- ', '? ', '!!map {', '&a [', "'", '|\n ', '%TAG ! x\n', '*a '])(
    'a long run of %j gives a bounded list of problems',
    { timeout: 60_000 },
    (piece) => {
      const yaml = piece.repeat(Math.floor(32_000 / piece.length))
      const { problems } = readFrontmatter(block(yaml))
      expect(problems.length).toBeGreaterThan(0)
      expect(problems.length).toBeLessThanOrEqual(20)
    },
  )

  test('a block beyond the limit is not read', () => {
    const { problems } = readFrontmatter(block(`id: ${'a'.repeat(70_000)}`))
    expect(problems).toEqual([expect.objectContaining({ code: 'too-large', line: 1 })])
  })

  test(
    'no text makes it throw, and there is a task exactly when there is no problem',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
          for (const markdown of [
            text,
            block(text),
            block(`id: a\nname: A\ndependsOn: []\n${text}`),
          ]) {
            const reading = readFrontmatter(markdown)
            expect(reading.task === undefined).toBe(reading.problems.length > 0)
            for (const { line, column } of reading.problems) {
              expect(line).toBeGreaterThanOrEqual(1)
              expect(line).toBeLessThanOrEqual(markdown.split(/\r\n|\r|\n/).length)
              expect(column).toBeGreaterThanOrEqual(1)
            }
          }
        }),
        { numRuns: 100 },
      )
    },
  )
})

describe('serializing', () => {
  test('writes known fields in the order of the schema, keeps null and leaves out undefined', () => {
    const task: TaskInput = {
      dependsOn: ['x -> y'],
      name: 'A: b',
      id: 'a',
      risk: null,
      due: '2026-01-01',
    }
    expect(serializeFrontmatter({ ...task, extra: 1 } as TaskInput, '\n# A\n')).toBe(
      '---\nid: a\nname: "A: b"\ndependsOn:\n  - x -> y\nrisk: null\ndue: 2026-01-01\n---\n\n# A\n',
    )
  })

  test('does not fold long lines', () => {
    const name = 'word '.repeat(60).trim()
    expect(serializeFrontmatter({ id: 'a', name, dependsOn: [] })).toContain(`name: ${name}\n`)
  })

  const text = fc.string({ unit: 'grapheme', maxLength: 30 })
  const arbitraryTask: fc.Arbitrary<TaskInput> = fc.record(
    {
      id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
      name: text,
      dependsOn: fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), {
        maxLength: 4,
      }),
      risk: fc.constantFrom('trivial', 'critical', null),
      tags: fc.array(text, { maxLength: 3 }),
      due: fc.oneof(
        text,
        fc.constantFrom(
          'no',
          '12',
          'null',
          '~',
          '---',
          '- a',
          '# x',
          'a\n---\nb',
          ' ',
          ' \n',
          '\n',
          null,
        ),
      ),
    },
    { requiredKeys: ['id', 'name', 'dependsOn'] },
  )

  test('what is written is read back the same, body included', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryTask, fc.string({ maxLength: 50 }), (task, body) => {
        const reading = readFrontmatter(serializeFrontmatter(task, body))
        expect(reading.problems).toEqual([])
        expect(reading.task).toEqual(task)
        expect(reading.body).toBe(body)
      }),
      { numRuns: 500 },
    )
  })
})
