import type { OperationDescription } from '@alkdev/contracts'
import { useState } from 'preact/hooks'
import { SchemaForm } from '../../forms/schema-form.tsx'
import { call } from '../../hub/call.ts'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { location } from '../../url/location.ts'
import { Action } from '../../ui/action.tsx'
import { Badge, Kind, Status } from '../../ui/badge.tsx'
import { CliLine, shellWord } from '../../ui/cli-line.tsx'
import { Copy } from '../../ui/copy.tsx'
import { tabOf, Tabs } from '../../ui/filters.tsx'
import { Json } from '../../ui/json.tsx'
import { Facts, PageFrame, Section } from '../../ui/page.tsx'
import { SchemaDiff } from '../../ui/schema-diff.tsx'
import { Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { CallResult } from './call-result.tsx'
import { copiesOf } from './copies.ts'
import { useRun } from './use-run.ts'

const TABS = [
  ['call', 'Call it'],
  ['schema', 'Schema'],
  ['errors', 'Errors'],
  ['providers', 'Providers'],
] as const

/** One operation: what it takes and gives, who offers it, and a form that calls it. */
export function OperationView({ id }: { readonly id: string }) {
  const loaded = useCall('hub.schema', { operationId: id })
  return (
    <PageFrame
      title={id}
      above={[['Operations', 'operations']]}
      note={loaded.data?.description}
      actions={loaded.data && <Kind value={loaded.data.type} />}
    >
      <Tabs name="tab" tabs={TABS} />
      <Shown loaded={loaded}>{(spec) => <Tab key={id} spec={spec} />}</Shown>
    </PageFrame>
  )
}

function Tab({ spec }: { readonly spec: OperationDescription }) {
  switch (tabOf('tab', TABS)) {
    case 'schema':
      return (
        <>
          <Facts facts={factsOf(spec)} />
          <div class="columns">
            <Section title="Input">
              <Json value={spec.inputSchema} name={`${spec.operationId} input schema`} />
            </Section>
            <Section title="Output">
              <Json value={spec.outputSchema} name={`${spec.operationId} output schema`} />
            </Section>
          </div>
        </>
      )
    case 'errors':
      return <Errors spec={spec} />
    case 'providers':
      return <Providers spec={spec} />
    default:
      return <CallIt spec={spec} />
  }
}

function factsOf({ accessControl, retry, version, kind, hints, schemaHash }: OperationDescription) {
  return [
    ['Version', version],
    ['Offered by', kind],
    ['Scopes', accessControl.requiredScopes.join(', ') || 'none: any key may call it'],
    ['Retry', retry],
    ['Destructive', hints?.destructive === true ? 'yes' : undefined],
    ['Schema hash', <code key="hash">{schemaHash.slice(0, 16)}</code>],
  ] as const
}

function Errors({ spec }: { readonly spec: OperationDescription }) {
  const { errorSchemas = [] } = spec
  if (errorSchemas.length === 0)
    return (
      <p class="dim pad">
        It declares no errors of its own; those of every call are in the reference of the hub.
      </p>
    )
  return (
    <Table
      label="Errors"
      rows={errorSchemas}
      keyOf={({ code }) => code}
      columns={[
        { title: 'Code', cell: ({ code }) => <code>{code}</code> },
        { title: 'Status', numeric: true, cell: ({ httpStatus }) => httpStatus ?? 500 },
        { title: 'When', wide: true, cell: ({ description }) => description },
      ]}
    />
  )
}

function Providers({ spec }: { readonly spec: OperationDescription }) {
  if (spec.providers.length === 0)
    return (
      <p class="dim pad">
        The hub answers it itself ({spec.kind}); {spec.providerCount} processes at the moment.
      </p>
    )
  return (
    <>
      <Table
        label="Providers"
        rows={spec.providers}
        keyOf={({ spoke }) => spoke}
        columns={[
          {
            title: 'Spoke',
            cell: ({ spoke }) => <a href={`spokes/${encodeURIComponent(spoke)}`}>{spoke}</a>,
          },
          { title: 'State', cell: ({ status }) => <Status value={status} /> },
          { title: 'Why', wide: true, cell: ({ reason }) => reason ?? '' },
        ]}
      />
      {spec.kind === 'client' && can('clients:read') && <Held spec={spec} />}
    </>
  )
}

/** The definition of an outside service that changed and waits to be accepted, beside the one that is offered. */
function Held({ spec: { operationId, providers } }: { readonly spec: OperationDescription }) {
  const [name = ''] = providers.map(({ spoke }) => spoke)
  const loaded = useCall('clients.status', { name, held: true, limit: 200 })
  return (
    <Shown loaded={loaded}>
      {({ operations }) => {
        const held = operations.find((one) => one.operationId === operationId)?.held
        if (held === undefined)
          return <p class="dim pad">No changed definition of it waits to be accepted.</p>
        const { hash } = held
        return (
          <Section
            title="A changed definition waits to be accepted"
            actions={
              hash !== undefined &&
              can('clients:write') && (
                <Action
                  label="Accept"
                  line={`./alkhub clients accept ${shellWord(name)}`}
                  preview={
                    <p>
                      Callers of <code>{operationId}</code> get the new definition in place of the
                      former one. If the service has changed it again meanwhile, nothing is
                      accepted.
                    </p>
                  }
                  run={() => call('clients.accept', { name, hashes: [hash] })}
                  onDone={loaded.reload}
                />
              )
            }
          >
            <p class="note">{held.changes.join('; ')}</p>
            <SchemaDiff before={held.accepted} after={held.offered} />
            <CliLine line={`./alkhub clients accept ${shellWord(name)}`} />
          </Section>
        )
      }}
    </Shown>
  )
}

function CallIt({ spec }: { readonly spec: OperationDescription }) {
  const [start] = useState(() => readInput(location.value.params.get('input')))
  const [input, setInput] = useState<unknown>(start ?? {})
  const run = useRun(spec)
  return (
    <div class="columns">
      <div>
        <Section title="Input">
          {spec.hints?.destructive === true && (
            <p class="note">
              <Badge tone="bad">destructive</Badge> What this operation removes does not come back.
            </p>
          )}
          <SchemaForm
            schema={spec.inputSchema}
            value={start}
            label={spec.type === 'subscription' ? 'Watch' : 'Call'}
            busy={run.busy}
            onChange={setInput}
            onSubmit={run.start}
          />
        </Section>
        <Section title="The same elsewhere">
          {copiesOf(spec.operationId, input).map(([name, text]) => (
            <details key={name} class="copy" open={name === 'CLI'}>
              <summary>{name}</summary>
              <Copy text={text} />
              <pre tabIndex={0} aria-label={name} role="region">
                {text}
              </pre>
            </details>
          ))}
        </Section>
      </div>
      <CallResult run={run} name={spec.operationId} />
    </div>
  )
}

/** The input that a link to this view brings, for instance that of an earlier call. */
function readInput(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
