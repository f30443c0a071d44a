import type { Approval, InboxItem } from '@alkdev/contracts'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { listCommand } from '../hub/operation-command.ts'
import { clockTime } from '../input/times.ts'
import { cut, inputText, oneLine } from '../sessions/tool-text.ts'

/** Open approvals that are read for their inputs. */
const MAX_APPROVALS = 200
const MAX_INPUT = 300

export const inbox = listCommand<InboxItem>({
  operationId: 'inbox.list',
  usage: '[options]',
  summary:
    'Lists what waits for you, newest first or with `--order urgent` the nearest deadline first: approvals with what they would do, findings, dead letters, reports that no webhook took, keys that soon expire and failed checks of the hub.',
  inputs: {
    kind: {
      type: 'string',
      multiple: true,
      value: 'KIND',
      member: 'kinds',
      summary:
        'Only approval, finding, dead-letter, dead-delivery, expiring-key or health; may be repeated.',
    },
    order: {
      type: 'string',
      value: 'ORDER',
      member: 'order',
      summary:
        'newest (default), or urgent: the nearest deadline first, then what holds up a plan most, then what waits longest.',
    },
  },
  headings: ['kind', 'id', 'since', 'deadline', 'detail', 'what'],
  moreFacts: inputsOf,
  row: (one, _nameOf, inputs) => [
    one.kind,
    one.id,
    clockTime(one.at),
    clockTime(one.deadline),
    one.detail,
    [one.title, inputs.get(one.id), askedOf(one)].filter((part) => part !== undefined).join(' '),
  ],
  none: 'Nothing waits for you.',
})

/** A tool call is asked of the sessions above it before persons have to answer. */
function askedOf({ askedOf: names = [] }: InboxItem): string | undefined {
  return names.some((name) => name.startsWith('session:'))
    ? `(asked of ${names.join(', ')} first)`
    : undefined
}

/** The inputs of the calls that approvals of sessions are for. */
async function inputsOf(
  hub: HubClient,
  items: readonly InboxItem[],
): Promise<ReadonlyMap<string, string>> {
  const isTool = (item: InboxItem): boolean => item.kind === 'approval' && item.detail === 'tool'
  if (!items.some(isTool)) return new Map()
  const wanted = { status: 'open', kind: 'tool', limit: MAX_APPROVALS }
  const approvals = await hub
    .call<{ items: readonly Approval[] }>('approvals.list', wanted)
    .catch((error: unknown) => {
      // A key that may list the inbox alone gets the questions.
      if (error instanceof HubProblemError) return { items: [] }
      throw error
    })
  return new Map(
    approvals.items.flatMap(({ approvalId, details }) => {
      const { input } = (details ?? {}) as { input?: unknown }
      return input === undefined ? [] : [[approvalId, cut(oneLine(inputText(input)), MAX_INPUT)]]
    }),
  )
}
