import { errorTable } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { titleOf } from './problem.ts'

const RAN = { no: 'nothing ran', yes: 'it ran', unknown: 'it may have run' } as const
const NEXT = {
  fatal: 'do not repeat it unchanged',
  retryable: 'repeat later, after `Retry-After`',
  cancelled: 'ended on purpose',
} as const

function errorsPage(): string {
  const rows = Object.entries(errorTable).map(
    ([code, row]) =>
      `| \`${code}\` | ${row.status} | ${titleOf(code)} | ${row.meaning} | ${RAN[row.ran]} | ${NEXT[row.disposition]} |`,
  )
  return `# Errors

Every error of the hub has one of these codes, the same over HTTP, WebSocket and MCP. Over HTTP it is
\`application/problem+json\`: \`{type, title, status, detail, code, requestId, details?}\`, with \`type\` =
\`urn:alkhub:error:<code>\`. An operation may declare further codes with their own status; \`schema\` of the operation lists them.
An error never contains a stack, a path of a machine, SQL or a secret.

| code | status | title | meaning | did it run | next step |
|---|---|---|---|---|---|
${rows.join('\n')}

- \`VALIDATION_ERROR\`: \`details.errors\` is a list of \`{path, message}\`, one for every failing path; \`path\` is a JSON Pointer.
- \`details.outcome\` is \`unknown\` when the call may have run, whatever the table says of its code: for example
  \`UNAUTHENTICATED\` when its key was revoked during the call, or \`UNAVAILABLE\` when the database was lost during a commit.
- An unknown address also answers \`OPERATION_NOT_FOUND\`, and so does everything that the caller may not see.
- This page is generated from the table in \`libs/errors\`; a test compares the two.
`
}

test('docs/reference/errors.md says what the table of codes says', async () => {
  await expect(errorsPage()).toMatchFileSnapshot('../../../docs/reference/errors.md')
})
