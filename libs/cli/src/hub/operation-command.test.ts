import { afterAll, beforeAll, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub, which refuses what a test says.

let errors: readonly { path: string; message: string }[] = []
const hub = new AnsweringListener((_, response) => {
  const detail = 'The input does not fit.'
  const problem = { code: 'VALIDATION_ERROR', detail, requestId: 'x', details: { errors } }
  response.writeHead(400).end(JSON.stringify(problem))
})
beforeAll(() => hub.start())
afterAll(() => hub.stop())

const ID = '018f4a1e-0000-7000-8000-000000000001'
const answer = (...words: string[]) => run(['approvals', 'answer', ...words, ...hub.args])

test('an argument that does not fit is answered with the command that shows its values', async () => {
  errors = [{ path: '/approvalId', message: 'must be an id (a UUID)' }]
  const { code, err } = await answer(ID, 'allow')
  expect(code).toBe(1)
  expect(err).toContain('/approvalId: must be an id (a UUID)')
  expect(err).toContain('Its id is shown by `alkhub approvals list`.')
  expect(err).not.toContain('alkhub ops')
  errors = [{ path: '/decision', message: 'must be one of ["allow","deny"]' }]
  expect((await answer(ID, 'yes')).err).toContain('Give `allow` or `deny`.')
})

test('when something else does not fit as well, the schema of the operation is named', async () => {
  errors = [
    { path: '/approvalId', message: 'must be an id (a UUID)' },
    { path: '/text', message: 'must have at most 10 characters' },
  ]
  expect((await answer(ID, 'allow')).err).toContain('`alkhub ops approvals.answer`')
})
