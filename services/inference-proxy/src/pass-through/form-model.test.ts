import { expect, test } from 'vitest'
import { readForm, withFormModel } from './form-model.ts'

const formModel = (body: Buffer, type: string) => readForm(body, type).found

const TYPE = 'multipart/form-data; boundary=x'
const part = (disposition: string, value: string, more = ''): string =>
  `--x\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${value}\r\n`
const bodyOf = (...parts: readonly string[]): Buffer => Buffer.from(`${parts.join('')}--x--\r\n`)
const FILE = part('name="file"; filename="a.wav"', '\u0000\u0001')
const form = (model: string): Buffer => bodyOf(FILE, part('name="model"', model))

test('the model of a form is found and replaced, and all other bytes stay', () => {
  const body = form('acme/whisper')
  const found = formModel(body, TYPE)
  expect(found?.model).toBe('acme/whisper')
  expect(found && withFormModel(body, found, 'whisper')).toEqual(form('whisper'))
})

test.each([
  ['an unquoted name', part('name=model', 'acme/whisper')],
  ['a name in capitals', part('NAME="model"', 'acme/whisper')],
  ['a type', part('name="model"', 'acme/whisper', 'Content-Type: text/plain; charset=UTF-8\r\n')],
  ['a name before which a parameter is', part('a="; name=b"; name="model"', 'acme/whisper')],
])('a member with %s is found', (_what, text) => {
  expect(formModel(bodyOf(FILE, text), TYPE)?.model).toBe('acme/whisper')
})

test.each([
  ['', '--x--'],
  ['file', part('name="file"; filename="model"', 'abc')],
  ['file', part('name="file"; filename="; name=model"', 'abc')],
  ['file', part('name="file"; filename="my name.wav"; filename*=UTF-8\'\'a%20b', 'abc')],
  ['text', part('name="text"', 'Content-Disposition: form-data; name="model"')],
])('a form with %j alone has no model: %#', (_what, text) => {
  expect(formModel(Buffer.from(text.endsWith('--') ? text : `${text}--x--`), TYPE)).toBeUndefined()
})

const MODEL = part('name="model"', 'f/a')
test.each([
  ['a second model', `${MODEL}${part('name=model', 'f/b')}`],
  ['two names in one part', part('name="file"; name="model"', 'f/a')],
  ['an extended name', part("name*=utf-8''model", 'f/a')],
  ['an escaped name', part('name="mo\\del"', 'f/a')],
  ['an encoded name', part('name="mode%6c"', 'f/a')],
  ['a name in capitals', part('name="Model"', 'f/a')],
  ['a model that is a file', part('name="model"; filename="a"', 'f/a')],
  ['an encoded model', part('name="model"', 'Zi9h', 'Content-Transfer-Encoding: base64\r\n')],
  [
    'a model in another charset',
    part('name="model"', 'f', 'Content-Type: a/b; charset=utf-16\r\n'),
  ],
  ['a folded head', part('name="file";\r\n name="model"', 'f/a')],
  ['a part without a head', '--x\r\n\r\nf/a\r\n'],
  ['line feeds alone', '--x\nContent-Disposition: form-data; name="model"\n\nf/a\n'],
  [
    'line feeds within a part',
    part('name="a"', `b\n--x\nContent-Disposition: form-data; name="model"`),
  ],
  ['a long model', part('name="model"', 'x'.repeat(600))],
  ['a list of models', part('name="model[]"', 'f/a')],
  ['a preamble', `a\r\n${MODEL}`],
  ['a broken disposition', part('name="model', 'f/a')],
])('a form with %s is refused', (_what, text) => {
  expect(() => formModel(bodyOf(text), TYPE)).toThrow(/cannot be read/)
})

test.each([
  'multipart/form-data',
  `${TYPE}; boundary=y`,
  "multipart/form-data; boundary*=utf-8''x",
])('a form of the type %s is refused', (type) => {
  expect(() => formModel(bodyOf(MODEL), type)).toThrow(/boundary/)
})

test('a form that is cut, or goes on behind its end, is refused', () => {
  expect(() => formModel(Buffer.from(MODEL), TYPE)).toThrow(/cannot be read/)
  expect(() => formModel(Buffer.concat([form('f/a'), form('f/b')]), TYPE)).toThrow(/follow/)
})

test.each(['models', 'models[]', 'models%5B%5D', 'Fallbacks', 'api_base'])(
  'a form that may have another model is refused: %s',
  (name) => {
    expect(() => readForm(bodyOf(MODEL, part(`name="${name}"`, 'f/b')), TYPE)).toThrow(
      /not allowed/,
    )
  },
)

test.each([
  ['4', 4],
  [' 3.5 ', 4],
  ['0', 1],
  ['x', 1_000_000],
  ['1_0', 1_000_000],
  ['1e400', 1_000_000],
])('a form that asks for %j answers counts as %i', (value, answers) => {
  expect(readForm(bodyOf(MODEL, part('name="n"', value)), TYPE).answers).toBe(answers)
})
