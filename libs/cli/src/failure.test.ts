import { expect, test } from 'vitest'
import { HubProblemError } from './failure.ts'

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
    'CONFLICT: A client of this name exists already.',
  )
  const other = new HubProblemError({ ...problem, details: { status: 'completed' } }, 'x.y')
  expect(other.sentences).toContain('details: {"status":"completed"}')
})
