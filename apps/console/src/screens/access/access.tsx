import type { Account, AuditEntry, Organization, Role } from '@alkdev/contracts'
import { can, me } from '../../hub/log-in.ts'
import { location } from '../../url/location.ts'
import { Badge, Status } from '../../ui/badge.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { Filters, tabOf, Tabs, TextFilter } from '../../ui/filters.tsx'
import { Facts, PageFrame } from '../../ui/page.tsx'
import { MakeLink } from '../../ui/make-link.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Keys } from './keys.tsx'
import { Limits } from './limits.tsx'

const ALL_TABS = [
  ['keys', 'Keys', 'keys:read'],
  ['accounts', 'Accounts', 'accounts:read'],
  ['orgs', 'Organizations', 'orgs:read'],
  ['roles', 'Roles', 'roles:read'],
  ['limits', 'Limits', 'limits:read'],
  ['audit', 'Audit', 'audit:read'],
] as const

const accountOf = ({ accountId }: Account): string => accountId
const orgOf = ({ orgId }: Organization): string => orgId
const roleOf = ({ roleId }: Role): string => roleId
const entryOf = ({ auditId }: AuditEntry): string => auditId

/** Who may do what: keys, accounts, organizations, roles, and the record of changes. */
export function Access() {
  const allowed = ALL_TABS.filter(([, , scope]) => can(scope)).map(
    ([value, text]) => [value, text] as const,
  )
  const tabs = [...allowed, ['me', 'Your rights'] as const]
  const tab = tabOf('tab', tabs)
  return (
    <PageFrame title="Access" note="Who may do what.">
      <Tabs name="tab" tabs={tabs} />
      {tab === 'keys' ? (
        <Keys />
      ) : tab === 'accounts' ? (
        <Accounts />
      ) : tab === 'orgs' ? (
        <Orgs />
      ) : tab === 'roles' ? (
        <Roles />
      ) : tab === 'limits' ? (
        <Limits />
      ) : tab === 'audit' ? (
        <Audit />
      ) : (
        <Rights />
      )}
    </PageFrame>
  )
}

function Rights() {
  const { accountId = '', name, scopes = [], orgIds = [], keyId } = me.value ?? {}
  return (
    <>
      <Facts
        facts={[
          ['Account', name],
          ['Account id', <code key="id">{accountId}</code>],
          ['Key of this log-in', keyId && <code>{keyId}</code>],
          ['Organizations', orgIds.length],
          [
            'Scopes',
            <span key="scopes" class="scopes">
              {scopes.map((scope) => (
                <Badge key={scope}>{scope}</Badge>
              ))}
            </span>,
          ],
        ]}
      />
      <CliLine line="./alkhub call accounts.me" />
    </>
  )
}

function Accounts() {
  const pages = usePages<Account, 'accounts.list'>(
    'accounts.list',
    { limit: 100 },
    { keyOf: accountOf, events: ['account.'] },
  )
  return (
    <>
      <MakeLink operation="accounts.create" scope="accounts:write" label="New account" />
      <Shown loaded={pages}>
        {() => (
          <>
            <Table
              label="Accounts"
              rows={pages.items}
              keyOf={accountOf}
              columns={[
                {
                  title: 'Account',
                  wide: true,
                  cell: ({ displayName, email, accountId }) => (
                    <bdi>{displayName ?? email ?? accountId}</bdi>
                  ),
                },
                { title: 'State', cell: ({ status }) => <Status value={status} /> },
                { title: 'Kind', cell: ({ kind }) => <Badge>{kind}</Badge> },
                {
                  title: 'Email',
                  extra: true,
                  cell: ({ email }) => <bdi class="dim">{email}</bdi>,
                },
                { title: 'Id', extra: true, cell: ({ accountId }) => <Id value={accountId} /> },
              ]}
            />
            <More pages={pages} />
          </>
        )}
      </Shown>
      <CliLine line="./alkhub accounts list" />
    </>
  )
}

function Orgs() {
  const pages = usePages<Organization, 'orgs.list'>(
    'orgs.list',
    { limit: 100 },
    { keyOf: orgOf, events: ['organization.'] },
  )
  return (
    <>
      <MakeLink operation="orgs.create" scope="orgs:write" label="New organization" />
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty title="You are in no organization." command="./alkhub orgs create NAME" />
          ) : (
            <>
              <Table
                label="Organizations"
                rows={pages.items}
                keyOf={orgOf}
                columns={[
                  {
                    title: 'Organization',
                    wide: true,
                    cell: ({ displayName, name }) => <bdi>{displayName ?? name}</bdi>,
                  },
                  {
                    title: 'You are',
                    cell: ({ membershipLevel }) =>
                      membershipLevel && <Badge>{membershipLevel}</Badge>,
                  },
                  { title: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
                  { title: 'Id', extra: true, cell: ({ orgId }) => <Id value={orgId} /> },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line="./alkhub orgs list" />
    </>
  )
}

function Roles() {
  const pages = usePages<Role, 'roles.list'>(
    'roles.list',
    { limit: 100 },
    { keyOf: roleOf, events: ['role.'] },
  )
  return (
    <>
      <MakeLink operation="roles.create" scope="roles:write" label="New role" />
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty
              title="There are no roles."
              command="./alkhub roles create NAME --mode primary"
            />
          ) : (
            <>
              <Table
                label="Roles"
                rows={pages.items}
                keyOf={roleOf}
                columns={[
                  { title: 'Role', cell: ({ name }) => <code>{name}</code> },
                  { title: 'Mode', cell: ({ mode }) => <Badge>{mode}</Badge> },
                  { title: 'Rules', numeric: true, cell: ({ permissions }) => permissions.length },
                  {
                    title: 'What for',
                    wide: true,
                    cell: ({ description }) => <bdi>{description}</bdi>,
                  },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line="./alkhub roles list" />
    </>
  )
}

function Audit() {
  const action = location.value.params.get('action')
  const pages = usePages<AuditEntry, 'audit.list'>(
    'audit.list',
    { limit: 50, ...(action !== null && { action }) },
    { keyOf: entryOf },
  )
  return (
    <>
      <Filters>
        <TextFilter name="action" label="Action, for instance keys.create" wide />
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty title="No entry matches." command="./alkhub audit list" />
          ) : (
            <>
              <Table
                label="Audit entries"
                rows={pages.items}
                keyOf={entryOf}
                columns={[
                  { title: 'When', cell: ({ at }) => <Time at={at} /> },
                  { title: 'Action', cell: ({ action }) => <code>{action}</code> },
                  {
                    title: 'Result',
                    cell: ({ result, code }) => (
                      <>
                        <Status value={result} /> {code && <code class="dim">{code}</code>}
                      </>
                    ),
                  },
                  {
                    title: 'On',
                    wide: true,
                    cell: ({ targetType, targetId }) =>
                      targetId && (
                        <>
                          {targetType} <Id value={targetId} />
                        </>
                      ),
                  },
                  { title: 'By', cell: ({ accountId }) => <Id value={accountId} /> },
                  { title: 'From', extra: true, cell: ({ ip }) => <span class="dim">{ip}</span> },
                  {
                    title: 'Call',
                    extra: true,
                    cell: ({ callId }) => callId && <Id value={callId} href={`calls/${callId}`} />,
                  },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line="./alkhub audit list" />
    </>
  )
}
