import { hubUrl } from '../../hub/base.ts'
import { callLine, shellWord } from '../../ui/cli-line.tsx'

/** A call in the words of other programs. */
export function copiesOf(
  operationId: string,
  input: unknown,
): readonly (readonly [name: string, text: string])[] {
  const json = JSON.stringify(input ?? {})
  const url = `${hubUrl}/api/operations/${encodeURIComponent(operationId)}`
  return [
    ['CLI', callLine(operationId, input)],
    [
      'curl',
      [
        `curl ${shellWord(url)} \\`,
        `  -H "Authorization: Bearer $ALKHUB_KEY" -H 'content-type: application/json' \\`,
        `  -d ${shellWord(json)}`,
      ].join('\n'),
    ],
    [
      'MCP',
      JSON.stringify({ name: 'call', arguments: { operationId, input: input ?? {} } }, null, 2),
    ],
    [
      'TypeScript',
      [
        `import { Client } from '@alkdev/client'`,
        ``,
        `const client = new Client({ hub: '${hubUrl}', key })`,
        `const result = await client.call(${JSON.stringify(operationId)}, ${JSON.stringify(input ?? {}, null, 2)})`,
        `await client.close()`,
      ].join('\n'),
    ],
  ]
}
