import { useEffect, useState } from 'preact/hooks'
import { HubError } from '../hub/hub-error.ts'
import { link, linkDone, wasInterrupted } from '../hub/log-in-link.ts'
import { request } from '../hub/request.ts'
import { Logo } from '../ui/logo.tsx'
import { Failure } from '../ui/states.tsx'

/** Logs in with a key, or with the link of `alkhub console`. The key is sent once and kept nowhere in the page. */
export function LogIn({ onDone }: { readonly onDone: () => void }) {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<HubError>()
  const logIn = async (
    body: { readonly key: string } | { readonly link: string },
  ): Promise<void> => {
    setBusy(true)
    setError(undefined)
    wasInterrupted.value = false
    try {
      await request('session', { method: 'POST', body })
    } catch (thrown) {
      const failure = HubError.from(thrown)
      setError(failure)
      // An earlier log-in of this browser goes on when a link is refused. One of another account goes on after the page was loaded again: here is said why.
      if ('key' in body || failure.code === 'CONFLICT') return
    } finally {
      if ('link' in body) linkDone()
      setBusy(false)
    }
    onDone()
  }
  const token = link.value
  useEffect(() => {
    if (token !== undefined) void logIn({ link: token })
  }, [token])
  useEffect(() => {
    document.title = 'Log in · alkdev hub'
  }, [])
  return (
    <main class="login">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const field = event.currentTarget.elements.namedItem('key')
          if (!(field instanceof HTMLInputElement)) return
          const key = field.value.trim()
          field.value = ''
          void logIn({ key })
        }}
      >
        <Logo />
        <h1>Log in to the hub</h1>
        <label class="field">
          <span>API key</span>
          <input
            name="key"
            type="password"
            required
            placeholder="alk_…"
            autocomplete="off"
            spellcheck={false}
            disabled={busy}
          />
          <small>
            The browser gets a key of its own with the same rights for 12 hours; yours is not kept.
          </small>
        </label>
        {wasInterrupted.value && (
          <p class="note" role="status">
            The page was left before its link had logged in. A link works once:{' '}
            <code>./alkhub console</code> opens a new one.
          </p>
        )}
        {error && <Failure error={error} />}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Logging in …' : 'Log in'}
        </button>
        <p class="dim">
          No key at hand? <code>./alkhub console</code> opens a link that logs in once.
        </p>
      </form>
    </main>
  )
}
