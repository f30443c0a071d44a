import type { ApiKey, KeyWithSecret } from '@alkdev/contracts'
import { useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { withoutSecret } from '../../hub/key-hint.ts'
import { can, me } from '../../hub/log-in.ts'
import { location } from '../../url/location.ts'
import { Action } from '../../ui/action.tsx'
import { Badge, Status } from '../../ui/badge.tsx'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters.tsx'
import { Section } from '../../ui/page.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Failure, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago, Time } from '../../ui/time.tsx'

const CONSOLE_TAG = 'console'
/** Days after which a new key ends, at most. */
const MAX_DAYS = 3650

const keyOf = ({ keyId }: ApiKey): string => keyId

/** The keys of the account. A new one is shown once. */
export function Keys() {
  const { params } = location.value
  const includeRevoked = params.get('revoked') === 'yes'
  const q = withoutSecret(params.get('q') ?? '')
  const pages = usePages<ApiKey, 'keys.list'>(
    'keys.list',
    { limit: 100, ...(includeRevoked && { includeRevoked }), ...(q !== '' && { q }) },
    { keyOf, events: ['key.'] },
  )
  const [made, setMade] = useState<KeyWithSecret>()
  const showsLogIns = params.get('logins') === 'yes'
  const rows = pages.items.filter(({ tags }) => showsLogIns || !tags.includes(CONSOLE_TAG))
  return (
    <>
      {can('keys:write') && <NewKey onMade={setMade} onDone={pages.reload} />}
      {made && <Secret made={made} onClose={() => setMade(undefined)} />}
      <Filters>
        <TextFilter name="q" label="Filter by name or beginning" wide clean={withoutSecret} />
        <ChoiceFilter
          name="revoked"
          label="Without revoked keys"
          choices={[['yes', 'With revoked keys']]}
        />
        <ChoiceFilter
          name="logins"
          label="Without log-ins"
          choices={[['yes', 'With log-ins to the console']]}
        />
      </Filters>
      <Shown loaded={pages}>
        {() =>
          rows.length === 0 ? (
            <Empty
              title={q === '' ? 'There are no keys.' : 'No key matches.'}
              command="./alkhub keys create ci --scope calls:read --to ci.key"
            />
          ) : (
            <>
              <Table
                label="Keys"
                rows={rows}
                keyOf={keyOf}
                columns={[
                  {
                    title: 'Key',
                    wide: true,
                    cell: ({ name, hint, keyId }) => (
                      <span title={keyId}>
                        <bdi>{name ?? 'without a name'}</bdi>{' '}
                        {hint !== undefined && <code class="dim">{hint}…</code>}
                        {keyId === me.value?.keyId && <Badge tone="busy">this log-in</Badge>}
                      </span>
                    ),
                  },
                  { title: 'State', cell: (one) => <Status value={stateOf(one)} /> },
                  {
                    title: 'Scopes',
                    wide: true,
                    extra: true,
                    cell: ({ scopes }) => (
                      <span title={scopes.join('\n')}>
                        {scopes.join(', ') || <i class="dim">none</i>}
                      </span>
                    ),
                  },
                  {
                    title: 'Last used',
                    extra: true,
                    cell: ({ lastUsedAt }) => <Ago at={lastUsedAt} />,
                  },
                  {
                    title: 'Expires',
                    extra: true,
                    cell: ({ expiresAt }) =>
                      expiresAt ? <Ago at={expiresAt} /> : <span class="dim">never</span>,
                  },
                  { title: 'Made', extra: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
                  {
                    title: '',
                    cell: (one) =>
                      can('keys:write') && stateOf(one) === 'active' ? (
                        <span class="nowrap">
                          <Rotate of={one} onMade={setMade} onDone={pages.reload} />{' '}
                          <Revoke of={one} onDone={pages.reload} />
                        </span>
                      ) : null,
                  },
                ]}
              />
              {pages.hasMore && <More pages={pages} />}
            </>
          )
        }
      </Shown>
      <CliLine line="./alkhub keys list" />
    </>
  )
}

function stateOf({ revokedAt, expiresAt, enabled }: ApiKey): string {
  if (revokedAt !== undefined) return 'revoked'
  if (expiresAt !== undefined && Date.parse(expiresAt) < Date.now()) return 'expired'
  return enabled ? 'active' : 'disabled'
}

function nameOf({ name, keyId }: ApiKey): string {
  return name ?? keyId
}

function Revoke({ of: key, onDone }: { readonly of: ApiKey; readonly onDone: () => void }) {
  return (
    <Action
      label="Revoke"
      danger
      line={`./alkhub keys revoke ${key.keyId}`}
      preview={
        <p>
          <bdi>{nameOf(key)}</bdi> is refused within a second, permanently. What runs with it ends.
        </p>
      }
      run={() => call('keys.revoke', { keyId: key.keyId })}
      onDone={onDone}
    />
  )
}

function Rotate({
  of: key,
  onMade,
  onDone,
}: {
  readonly of: ApiKey
  readonly onMade: (made: KeyWithSecret) => void
  readonly onDone: () => void
}) {
  return (
    <Action
      label="Rotate"
      line={`./alkhub keys rotate ${key.keyId}`}
      preview={
        <p>
          Makes a key with the same rights in place of <bdi>{nameOf(key)}</bdi>, which ends at once.
          The new key is shown once.
        </p>
      }
      run={async () => onMade(await call('keys.rotate', { keyId: key.keyId }))}
      onDone={onDone}
    />
  )
}

/** A new key, for as long as the view is open. */
function Secret({ made, onClose }: { readonly made: KeyWithSecret; readonly onClose: () => void }) {
  return (
    <div class="secret" role="alert">
      <p>
        <strong>
          The key <bdi>{nameOf(made)}</bdi>
        </strong>{' '}
        is shown this once. Store it now; it cannot be read again.
      </p>
      <div class="cli">
        <code>{made.key}</code>
        <Copy text={made.key} />
      </div>
      <button type="button" onClick={onClose}>
        I have stored it
      </button>
    </div>
  )
}

function NewKey({
  onMade,
  onDone,
}: {
  readonly onMade: (made: KeyWithSecret) => void
  readonly onDone: () => void
}) {
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState('')
  const [days, setDays] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<HubError>()
  const input = {
    name: name.trim(),
    scopes: scopes.split(/[\s,]+/).filter((scope) => scope !== ''),
    // More is refused when it is sent; no date has it.
    ...(Number(days) > 0 &&
      Number(days) <= MAX_DAYS && {
        expiresAt: new Date(Date.now() + Number(days) * 86_400_000).toISOString(),
      }),
  }
  const create = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      onMade(await call('keys.create', input))
      setOpen(false)
      setName('')
      setScopes('')
      onDone()
    } catch (thrown) {
      setError(HubError.from(thrown))
    } finally {
      setBusy(false)
    }
  }
  if (!open)
    return (
      <p class="lead">
        <button type="button" class="primary" onClick={() => setOpen(true)}>
          New key
        </button>
      </p>
    )
  return (
    <Section title="New key">
      <form
        class="schema narrow"
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <label class="field">
          <span>
            Name<b>*</b>
          </span>
          <input
            required
            maxLength={128}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <small>
            What it is for, for instance <code>ci</code>.
          </small>
        </label>
        <label class="field">
          <span>
            Scopes<b>*</b>
          </span>
          <input
            required
            placeholder="calls:read spokes:read"
            spellcheck={false}
            value={scopes}
            onInput={(event) => setScopes(event.currentTarget.value)}
          />
          <small>
            With spaces between them. At most what your own key has:{' '}
            {me.value?.scopes.slice(0, 8).join(' ')}
          </small>
        </label>
        <label class="field">
          <span>Ends after (days)</span>
          <input
            type="number"
            min={1}
            max={MAX_DAYS}
            placeholder="never"
            value={days}
            onInput={(event) => setDays(event.currentTarget.value)}
          />
        </label>
        {error && <Failure error={error} />}
        <CliLine line={callLine('keys.create', input)} />
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {busy ? 'Working …' : 'Create'}
          </button>
          <button type="button" onClick={() => setOpen(false)}>
            Cancel
          </button>
        </div>
      </form>
    </Section>
  )
}
