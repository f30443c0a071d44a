import type { Budget, InferenceUsageInput, InferenceUsageItem } from '@alkdev/contracts'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { hrefOf, location } from '../../url/location.ts'
import { Badge } from '../../ui/badge.tsx'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { ChoiceFilter, Filters, tabOf, Tabs } from '../../ui/filters.tsx'
import { count, dollars } from '../../ui/format.ts'
import { PageFrame } from '../../ui/page.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Playground } from './playground.tsx'
import { Providers } from './providers.tsx'
import { UsageBars } from './usage-bars.tsx'

const ALL_TABS = [
  ['usage', 'Usage', ['usage:read']],
  ['models', 'Models', ['inference:use']],
  ['playground', 'Playground', ['inference:use', 'sessions:write']],
  ['providers', 'Providers', ['inference:use']],
  ['budgets', 'Budgets', ['budgets:read']],
] as const

const groupOf = ({ group }: InferenceUsageItem): string => group
const budgetOf = ({ budgetId }: Budget): string => budgetId

/** What models there are, how they do, what they cost and what limits them. */
export function Models() {
  const tabs = ALL_TABS.filter(([, , scopes]) => scopes.every((scope) => can(scope))).map(
    ([value, text]) => [value, text] as const,
  )
  const tab = tabOf('tab', tabs)
  return (
    <PageFrame title="Models and money">
      {tabs.length === 0 ? (
        <Empty title="Your key may see no models and no costs.">
          It needs one of the scopes <code>inference:use</code>, <code>usage:read</code> and{' '}
          <code>budgets:read</code>.
        </Empty>
      ) : (
        <>
          <Tabs name="tab" tabs={tabs} />
          {tab === 'models' ? (
            <ModelList />
          ) : tab === 'playground' ? (
            <Playground />
          ) : tab === 'providers' ? (
            <Providers />
          ) : tab === 'budgets' ? (
            <Budgets />
          ) : (
            <Usage />
          )}
        </>
      )}
    </PageFrame>
  )
}

const GROUPS = [
  ['model', 'By model'],
  ['session', 'By session'],
  ['key', 'By key'],
  ['account', 'By account'],
] as const

function Usage() {
  const { params } = location.value
  const by = (params.get('by') ?? 'day') as InferenceUsageInput['by']
  const all = params.get('whose') === 'all'
  const input: InferenceUsageInput = { by, limit: 100, ...(all && { all }) }
  const pages = usePages<InferenceUsageItem, 'inference.usage'>('inference.usage', input, {
    keyOf: groupOf,
  })
  return (
    <>
      <Filters>
        <ChoiceFilter name="by" label="By day" choices={GROUPS} />
        <ChoiceFilter name="whose" label="My calls" choices={[['all', 'All accounts']]} />
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty
              title="No model was called in the last 30 days."
              command="./alkhub chat scripted Hello"
            />
          ) : (
            <>
              <Total items={pages.items} />
              {by === 'day' && <UsageBars items={pages.items} />}
              <Table
                label="Usage"
                rows={pages.items}
                keyOf={groupOf}
                columns={[
                  {
                    title: by === 'day' ? 'Day (UTC)' : 'Group',
                    wide: true,
                    cell: ({ group }) =>
                      group === '' ? (
                        <span class="dim">none</span>
                      ) : by === 'session' ? (
                        <Id value={group} href={`fleet/${group}`} />
                      ) : (
                        <Id value={group} />
                      ),
                  },
                  { title: 'Calls', numeric: true, cell: ({ calls }) => count(calls) },
                  {
                    title: 'Failed',
                    numeric: true,
                    cell: ({ failed }) => (failed > 0 ? <b class="bad">{count(failed)}</b> : 0),
                  },
                  {
                    title: 'Tokens in',
                    numeric: true,
                    extra: true,
                    cell: ({ inputTokens }) => count(inputTokens),
                  },
                  {
                    title: 'Tokens out',
                    numeric: true,
                    extra: true,
                    cell: ({ outputTokens }) => count(outputTokens),
                  },
                  {
                    title: 'Cost',
                    numeric: true,
                    cell: ({ costMicros, unpriced, estimated }) => (
                      <>
                        {estimated > 0 && <Badge tone="warn">{estimated} estimated</Badge>}{' '}
                        {unpriced > 0 && <Badge tone="warn">{unpriced} without a price</Badge>}{' '}
                        {dollars(costMicros)}
                      </>
                    ),
                  },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line={callLine('inference.usage', input)} />
    </>
  )
}

function Total({ items }: { readonly items: readonly InferenceUsageItem[] }) {
  const sum = (of: (item: InferenceUsageItem) => number): number =>
    items.reduce((total, item) => total + of(item), 0)
  return (
    <ul class="numbers">
      <li>
        <b>{dollars(sum(({ costMicros }) => costMicros))}</b> in what is listed
      </li>
      <li>
        <b>{count(sum(({ calls }) => calls))}</b> calls
      </li>
      <li>
        <b>{count(sum(({ inputTokens }) => inputTokens))}</b> tokens in
      </li>
      <li>
        <b>{count(sum(({ outputTokens }) => outputTokens))}</b> tokens out
      </li>
    </ul>
  )
}

const playgroundOf = ({ id }: { readonly id: string }): string =>
  hrefOf('models', { tab: 'playground', model: id })

function ModelList() {
  const loaded = useCall('inference.models', {})
  return (
    <>
      <Shown loaded={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There are no models." command="./alkhub providers add --help">
              <p>A provider brings its models; its key is stored encrypted.</p>
            </Empty>
          ) : (
            <Table
              label="Models"
              rows={items}
              keyOf={({ id }) => id}
              {...(can('sessions:write') && { hrefOf: playgroundOf })}
              columns={[
                { title: 'Model', wide: true, cell: ({ id }) => <code title={id}>{id}</code> },
                { title: 'Provider', cell: ({ provider }) => provider },
                {
                  title: 'Context',
                  numeric: true,
                  extra: true,
                  cell: ({ contextWindow }) => contextWindow && count(contextWindow),
                },
                {
                  title: 'In / M tokens',
                  numeric: true,
                  cell: ({ prices }) => priceOf(prices?.input),
                },
                {
                  title: 'Out / M tokens',
                  numeric: true,
                  cell: ({ prices }) => priceOf(prices?.output),
                },
              ]}
            />
          )
        }
      </Shown>
      <CliLine line="./alkhub call inference.models" />
    </>
  )
}

function priceOf(value: number | undefined) {
  return value === undefined ? <span class="dim">unknown</span> : `$${value}`
}

function Budgets() {
  const pages = usePages<Budget, 'budgets.list'>(
    'budgets.list',
    { limit: 100 },
    { keyOf: budgetOf, everyMs: 10_000 },
  )
  const amount = ({ unit }: Budget, value: number): string =>
    unit === 'cost' ? dollars(value) : count(value)
  return (
    <>
      <Filters>
        {can('budgets:write') && (
          <a class="button" href="operations/budgets.set">
            Set a budget
          </a>
        )}
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty title="Nothing limits what models cost." command="./alkhub budgets set --help" />
          ) : (
            <>
              <Table
                label="Budgets"
                rows={pages.items}
                keyOf={budgetOf}
                columns={[
                  {
                    title: 'Of',
                    wide: true,
                    cell: ({ subjectType, subjectId, model }) => (
                      <>
                        <Badge>{subjectType}</Badge> <Id value={subjectId} />{' '}
                        {model && <code class="dim">{model}</code>}
                      </>
                    ),
                  },
                  { title: 'Per', cell: ({ unit, period }) => `${unit} / ${period}` },
                  { title: 'Spent', numeric: true, cell: (one) => amount(one, one.spent ?? 0) },
                  { title: 'Limit', numeric: true, cell: (one) => amount(one, one.limit) },
                  {
                    title: 'Used',
                    cell: ({ spent = 0, reserved = 0, limit }) => (
                      <meter
                        aria-label="Share used"
                        min={0}
                        max={1}
                        high={0.8}
                        value={limit === 0 ? 1 : (spent + reserved) / limit}
                      />
                    ),
                  },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line="./alkhub budgets list" />
    </>
  )
}
