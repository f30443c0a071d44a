import { expect, test } from 'vitest'
import { must } from '@alkdev/std'
import { hubToolsOf } from './hub-tools.ts'
import { readMessages } from './messages-history.ts'
import { approvalIdOf, readHistory } from './responses-history.ts'

const hub = must(
  hubToolsOf([{ type: 'mcp', server_url: 'hub', server_label: 'h' }], {
    isHub: () => true,
    key: 'k',
    approval: 'never',
  }),
)
const call = { id: 'call_1', tool: 'call', arguments: '{"operationId":"a.b"}' }
const made = {
  type: 'function_call',
  call_id: 'call_1',
  name: 'h__call',
  arguments: call.arguments,
}
const answer = (approve: boolean, more: object = {}): object => ({
  type: 'mcp_approval_response',
  approval_request_id: approvalIdOf(call),
  approve,
  ...more,
})

test('an approved call is made from the id of the question, also without the question', () => {
  const { input, approved, known } = readHistory([answer(true)], hub, false)
  expect([input, approved, [...known]]).toEqual([[], [call], []])
})

test('a call of a stored response is known to the model already', () => {
  expect([...readHistory([answer(true)], hub, true).known]).toEqual(['call_1'])
  expect(readHistory([answer(false)], hub, true).input).toHaveLength(1)
})

test('a denied call is shown to the model with the reason', () => {
  const { input, approved } = readHistory([answer(false, { reason: 'Not now.' })], hub, false)
  expect(approved).toEqual([])
  expect(input).toEqual([
    made,
    {
      type: 'function_call_output',
      call_id: 'call_1',
      output: 'The user denied this call. Not now.',
    },
  ])
})

test('an approval of something that was never asked is refused', () => {
  for (const id of [
    undefined,
    'mcpr_',
    'mcpr_!!!',
    `mcpr_${Buffer.from('[1,2,3]').toString('base64url')}`,
    `mcpr_${Buffer.from('["a","no-tool","{}"]').toString('base64url')}`,
  ])
    expect(() =>
      readHistory(
        [{ type: 'mcp_approval_response', approval_request_id: id, approve: true }],
        hub,
        false,
      ),
    ).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
})

test('items of other servers and of other kinds stay as they are', () => {
  const others = [
    { type: 'mcp_call', server_label: 'x', id: 'mcp_1', name: 'n', arguments: '{}', output: '1' },
    { type: 'reasoning', id: 'rs_1', summary: [] },
    null,
  ]
  expect(readHistory(others, hub, false).input).toEqual(others)
  expect(readHistory('Hi', hub, false).input).toEqual([{ role: 'user', content: 'Hi' }])
})

test('a message with calls of the hub becomes the rounds that it was', () => {
  const use = (id: string) => ({
    type: 'mcp_tool_use',
    id,
    name: 'list',
    server_name: 'h',
    input: {},
  })
  const result = (id: string) => ({
    type: 'mcp_tool_result',
    tool_use_id: id,
    is_error: id === 't3',
    content: [{ type: 'text', text: id }],
  })
  const text = (value: string) => ({ type: 'text', text: value })
  const messages = [
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: [
        text('a'),
        use('t1'),
        use('t2'),
        result('t1'),
        result('t2'),
        use('t3'),
        result('t3'),
        text('b'),
      ],
    },
  ]
  const used = (id: string) => ({ type: 'tool_use', id, name: 'h__list', input: {} })
  const given = (id: string) => ({
    type: 'tool_result',
    tool_use_id: id,
    content: [{ type: 'text', text: id }],
    ...(id === 't3' && { is_error: true }),
  })
  expect(readMessages(messages, hub)).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: [text('a'), used('t1'), used('t2')] },
    { role: 'user', content: [given('t1'), given('t2')] },
    { role: 'assistant', content: [used('t3')] },
    { role: 'user', content: [given('t3')] },
    { role: 'assistant', content: [text('b')] },
  ])
})

test('blocks of other servers stay in their message', () => {
  const content = [
    { type: 'mcp_tool_use', id: 't', name: 'n', server_name: 'x', input: {} },
    { type: 'mcp_tool_result', tool_use_id: 't', content: [] },
  ]
  expect(readMessages([{ role: 'assistant', content }], hub)).toEqual([
    { role: 'assistant', content },
  ])
})
