import { OperatorError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { exitCodeOf, HubProblemError, MissingScopeError } from './failure.ts'

test('what was not found is answered with the command that lists what exists, without its name as JSON', () => {
  const problem = {
    code: 'SCHEDULE_NOT_FOUND',
    detail: 'There is no schedule nightly.',
    details: { schedule: 'nightly' },
  }
  expect(new HubProblemError(problem, 'schedules.get').sentences).toBe(
    'SCHEDULE_NOT_FOUND: There is no schedule nightly. `alkhub schedules list` lists those that you may see.',
  )
})

test.each(['SESSION_NOT_FOUND', 'WEBHOOK_NOT_FOUND', 'WORKSPACE_NOT_FOUND', 'MEMBER_NOT_FOUND'])(
  '%s names the command that shows what exists',
  (code) => {
    const { fix } = new HubProblemError({ code, detail: 'It is not there.' }, 'x.y')
    expect(fix).toMatch(/^`alkhub [a-z]+ (list|members)/)
  },
)

test('the name of a database constraint is not shown to people', () => {
  const problem = {
    code: 'CONFLICT',
    detail: 'A client of this name exists already.',
    details: { rule: 'unq_clients_name' },
  }
  expect(new HubProblemError(problem, 'clients.create').sentences.trim()).toBe(
    'CONFLICT: A client of this name exists already. Give another name, or change the one that is there: `alkhub clients list` shows them.',
  )
  const other = new HubProblemError({ ...problem, details: { status: 'completed' } }, 'x.y')
  expect(other.sentences).toContain('details: {"status":"completed"}')
})

test('a refusal of the hub has the exit code 4, also where a command adds words of its own', () => {
  for (const code of ['ACCESS_DENIED', 'UNAUTHENTICATED']) {
    const refused = new HubProblemError({ code, detail: 'No.' }, 'x.y')
    expect(exitCodeOf(refused)).toBe(4)
    expect(exitCodeOf(new OperatorError('It was not added.', '', { cause: refused }))).toBe(4)
  }
  const hidden = { code: 'OPERATION_NOT_FOUND', detail: 'The key may not use x.y.' }
  expect(exitCodeOf(new MissingScopeError(hidden, 'x.y'))).toBe(4)
  expect(exitCodeOf(new HubProblemError(hidden, 'x.y'))).toBe(1)
  const other = new HubProblemError({ code: 'CONFLICT', detail: 'Taken.' }, 'x.y')
  expect(exitCodeOf(new OperatorError('It was not added.', '', { cause: other }))).toBe(1)
})

test.each([
  ['schedules.create', 'There is a schedule x already.', /^Give another name/],
  ['roles.delete', 'There are sessions in this role.', /^`alkhub roles list`/],
  ['sessions.delete', 'Only an archived session is deleted; archive it first.', /^$/],
  ['outside.thing', 'It exists already.', /^$/],
])('a conflict of %s says what to do: %s', (operationId, detail, fix) => {
  const error = new HubProblemError({ code: 'CONFLICT', detail }, operationId)
  expect(error.fix).toMatch(fix)
})
