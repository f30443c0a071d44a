import { CodedError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { checkDecidingMembers, checkOtherModels } from './deciding-members.ts'
import { readModelBody } from './model-body.ts'

const check = (text: string): void => checkDecidingMembers(readModelBody(Buffer.from(text)))

test.each([
  'Model',
  'MODEL',
  'Stream',
  '\u017ftream',
  'N',
  'MAX_TOKENS',
  'max_to\u212aens',
  'Max_Completion_Tokens',
  'Messages',
  'api_key',
  'API_BASE',
  'models',
  'fallbacks',
  'Fallbacks',
  'preset',
  'context_window_fallbacks',
  'Tools',
  'Service_Tier',
  'inference_geO',
])('a body with the member %s is refused, also where its letters are escaped', (name) => {
  const escaped = Array.from(name, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
  for (const written of [name, escaped.join('')])
    expect(() => check(`{"model":"m","${written}":1}`)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR', details: { param: name } }),
    )
})

test.each([
  '"stream":true,"stream":false',
  '"messages":[],"messages":[1]',
  '"previous_response_id":"a","previous_response_id":null',
  '"service_tier":"flex","service_tier":"priority"',
  '"models":[],"models":["acme/dear"]',
])('a body in which the hub and a provider could read different values is refused: %s', (text) => {
  expect(() => check(`{${text}}`)).toThrow(CodedError)
})

test('all other members pass, also those that come twice', () => {
  for (const text of [
    '"a":1,"a":2',
    '"User":1,"Seed":2',
    '"stream":true,"stream":true',
    '"n":1,"n":2',
    '"models":null,"fallbacks":[ ]',
    '"service_tier":"flex","service_tier":"flex"',
  ])
    expect(() => check(`{${text}}`)).not.toThrow()
})

test.each([
  '"tools":[{"type":"advisor_20260301","name":"advisor","model":"dear"}]',
  '"tools":[{"type":"image_generation","Model":"dear"}]',
  '"plugins":[{"id":"auto-router","models":["dear"]}]',
  '"providerOptions":{"gateway":{"models":["dear"]}}',
  '"tools":[{"type":"a","model":"dear"}],"tools":[]',
])('a part of a body that names another model is refused: %s', (text) => {
  expect(() => check(`{${text}}`)).toThrow(CodedError)
})

test('a property of the input of a tool may be called model', () => {
  const schema = '{"type":"object","properties":{"model":{"type":"string"}}}'
  for (const tool of [
    `{"type":"function","function":{"name":"a","parameters":${schema}}}`,
    `{"name":"a","input_schema":${schema}}`,
    '{"type":"image_generation","model":null}',
  ])
    expect(() => check(`{"tools":[${tool}]}`)).not.toThrow()
})

test('other models are refused on further paths in any letters, and all else passes', () => {
  const other = (text: string) => checkOtherModels(readModelBody(Buffer.from(text)))
  for (const text of ['"MODELS":["a"]', '"fallbacks":[{}]', '"plugins":[{"model":"a"}]'])
    expect(() => other(`{${text}}`)).toThrow(CodedError)
  expect(() => other('{"Messages":1,"models":[],"stream":true,"stream":false}')).not.toThrow()
})

test.each([
  '{"model":"a","tools":[{"type":"x","model":"b"}],"tools":[]}',
  '{"model":"a","Tools":[]}',
  '{"model":"a","provideroptions":{}}',
])('on a further path %s is refused: which of them a provider reads is not known', (text) => {
  expect(() => checkOtherModels(readModelBody(Buffer.from(text)))).toThrow(/must come once/)
})
