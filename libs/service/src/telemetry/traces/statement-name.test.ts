import { expect, test } from 'vitest'
import { statementName } from './statement-name.ts'

test.each([
  ['select "id" from "queued_calls" where "id" = $1', 'SELECT queued_calls'],
  ['insert into "messages" ("id") values ($1)', 'INSERT messages'],
  ['update "sessions" set "status" = $1', 'UPDATE sessions'],
  [
    'with due as (select id from queued_calls q) update queued_calls set x = 1',
    'WITH queued_calls',
  ],
  ['set local lock_timeout = 1', 'SET'],
  ['', 'SQL'],
])('%s has the name %s', (text, name) => {
  expect(statementName(text)).toBe(name)
})
