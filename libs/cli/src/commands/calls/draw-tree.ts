import type { CallsTreeOutput, CallSummary } from '@alkdev/contracts'
import { dotText, mermaidText } from './diagram-text.ts'
import { durationText, outcomeOf, shortId } from './call-text.ts'
import { clockTime } from '../../input/times.ts'

const label = (call: CallSummary): string =>
  [outcomeOf(call), durationText(call.durationMs)].filter((text) => text !== '').join(', ')

/** Numbers for the nodes of a diagram, and the edges between them. */
function graphOf({ root, calls, links }: CallsTreeOutput) {
  const nodes = [root, ...calls].map((call, at) => ({ call, name: `c${at}` }))
  const names = new Map(nodes.map(({ call, name }) => [call.callId, name]))
  const triggered = calls.map(({ callId, parentCallId }) => [
    names.get(parentCallId ?? ''),
    names.get(callId),
  ])
  const needed = links.map((link) => [names.get(link.sourceCallId), names.get(link.targetCallId)])
  const whole = (edges: readonly (readonly (string | undefined)[])[]) =>
    edges.filter((edge) => edge.every((end) => end !== undefined)) as [string, string][]
  return { nodes, triggered: whole(triggered), needed: whole(needed) }
}

/** A Mermaid flow chart. Solid arrows go from caller to called call, dotted ones from a result to the call that needed it. */
export function mermaidOf(tree: CallsTreeOutput): string {
  const { nodes, triggered, needed } = graphOf(tree)
  return [
    'flowchart TD',
    ...nodes.map(
      ({ call, name }) =>
        `  ${name}["${mermaidText(call.operationId)}<br/>${mermaidText(label(call))}"]`,
    ),
    ...triggered.map(([from, to]) => `  ${from} --> ${to}`),
    ...needed.map(([from, to]) => `  ${from} -.-> ${to}`),
  ].join('\n')
}

/** A graph for Graphviz, with the same edges. */
export function dotOf(tree: CallsTreeOutput): string {
  const { nodes, triggered, needed } = graphOf(tree)
  return [
    'digraph calls {',
    '  node [shape=box]',
    ...nodes.map(
      ({ call, name }) =>
        `  ${name} [label="${dotText(call.operationId)}\\n${dotText(label(call))}"]`,
    ),
    ...triggered.map(([from, to]) => `  ${from} -> ${to}`),
    ...needed.map(([from, to]) => `  ${from} -> ${to} [style=dotted]`),
    '}',
  ].join('\n')
}

/** The tree as indented lines: each call below its caller. A call whose caller is not shown is a root. */
export function linesOf({ root, calls, complete }: CallsTreeOutput): string {
  const known = new Set([root.callId, ...calls.map(({ callId }) => callId)])
  const below = Map.groupBy(calls, ({ parentCallId = '' }) =>
    known.has(parentCallId) ? parentCallId : root.callId,
  )
  const lines = [lineOf(root)]
  // A stack instead of recursion: a tree may have 64 levels.
  const open = (callId: string, indent: string) =>
    (below.get(callId) ?? []).map((call, at, all) => ({
      call,
      indent,
      last: at === all.length - 1,
    }))
  const rest = open(root.callId, '').toReversed()
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { call, indent, last } = next
    lines.push(`${indent}${last ? '└─ ' : '├─ '}${lineOf(call)}`)
    rest.push(...open(call.callId, `${indent}${last ? '   ' : '│  '}`).toReversed())
  }
  if (!complete) lines.push('', 'There are more: raise --depth or --limit.')
  return lines.join('\n')
}

function lineOf(call: CallSummary): string {
  const operation = call.operationId.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, ' ')
  return [operation, label(call), clockTime(call.startedAt), shortId(call.callId)].join('  ')
}
