import { expect, test } from 'vitest'
import { parseYaml, yamlToJson } from './yaml.ts'

const faults: [string, string, string][] = [
  ['a merge of a number', 'a: 1\nb:\n  <<: 5\n', '<< merges something that is not a map at line 3'],
  [
    'a merge of a text alias',
    'a: &x y\nb: { <<: *x }\n',
    '<< merges something that is not a map at line 2',
  ],
  [
    'a merge of a list with a number',
    'a: &x {}\nb:\n  <<: [*x, 5]\n',
    '<< merges something that is not a map at line 3',
  ],
  ['a merge of itself', 'a: &x\n  <<: *x\n', '*x refers to a value that contains it at line 2'],
  [
    'an alias inside its value',
    'a: &x\n  b:\n    - *x\n',
    '*x refers to a value that contains it at line 3',
  ],
  ['an alias of nothing', 'a: *nowhere\n', 'nowhere'],
  ['a wrong indentation', 'a:\n  b: 1\n c: 2\n', 'at line 3'],
  ['a second key', 'a: 1\na: 2\n', 'at line 2'],
]

test.each(faults)(
  'YAML with %s is refused with the reason and its line',
  async (_, text, message) => {
    expect(() => parseYaml(text)).toThrow(message)
    await expect(yamlToJson(text)).rejects.toThrow(message)
    const long = `${text}${'#'.repeat(20_000)}\n`
    await expect(yamlToJson(long)).rejects.toThrow(message)
  },
)

test('merge keys of maps, of lists of maps and in quotes are taken as they are meant', () => {
  const text = 'a: &x { p: 1 }\nb: { <<: *x, q: 2 }\nc: { <<: [*x, { r: 3 }] }\nd: { "<<": 5 }\n'
  expect(parseYaml(text)).toEqual({
    a: { p: 1 },
    b: { p: 1, q: 2 },
    c: { p: 1, r: 3 },
    d: { '<<': 5 },
  })
})
