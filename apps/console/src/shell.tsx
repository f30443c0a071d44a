import { useEffect, useState } from 'preact/hooks'
import { connected } from './hub/follow.ts'
import { HubError } from './hub/hub-error.ts'
import { loggedOut, me } from './hub/log-in.ts'
import { request } from './hub/request.ts'
import { Palette } from './palette.tsx'
import { visibleScreens } from './screens.ts'
import type { Screen } from './screens.ts'
import { hrefOf, location, navigate } from './url/location.ts'
import { shortId } from './ui/format.ts'
import { Icon } from './ui/icon.tsx'
import { Boundary } from './ui/boundary.tsx'
import { Logo } from './ui/logo.tsx'
import { Empty, Failure } from './ui/states.tsx'
import { switchTheme } from './ui/theme.ts'

const GROUPS = ['Now', 'Work', 'Hub'] as const

/** The frame around every view: navigation, search, log-out. */
export function Shell() {
  const [searching, setSearching] = useState(false)
  const [menu, setMenu] = useState(false)
  const [failure, setFailure] = useState<HubError>()
  const screens = visibleScreens()
  const [first = '', ...rest] = location.value.path.split('/')
  const screen = screens.find(({ path }) => path === first)
  useEffect(() => {
    if (first === '') navigate(screens[0]?.path ?? 'operations', { replace: true })
  }, [first])
  useEffect(() => setMenu(false), [location.value.path])
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      setSearching((was) => !was)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <div class={menu ? 'shell open' : 'shell'}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <aside>
        <div class="brand">
          <a href="./" aria-label="alkdev hub">
            <Logo />
            <strong>alkdev hub</strong>
          </a>
          <button
            type="button"
            class="quiet menu"
            aria-label="Menu"
            aria-expanded={menu}
            onClick={() => setMenu(!menu)}
          >
            <Icon name="menu" />
          </button>
        </div>
        <button type="button" class="find" onClick={() => setSearching(true)}>
          <Icon name="search" />
          <span>Find</span>
          <kbd>Ctrl K</kbd>
        </button>
        <nav aria-label="Screens">
          {GROUPS.map((group) => (
            <NavGroup
              key={group}
              name={group}
              screens={screens.filter((one) => one.group === group)}
              current={first}
            />
          ))}
        </nav>
        <div class="who">
          <span class="name" title={me.value?.accountId} dir="auto">
            {me.value?.name ?? `Account ${shortId(me.value?.accountId ?? '')}`}
          </span>
          <button
            type="button"
            class="quiet"
            aria-label="Light or dark"
            title="Light or dark"
            onClick={switchTheme}
          >
            <Icon name="sun" />
          </button>
          <button
            type="button"
            class="quiet"
            aria-label="Log out"
            title="Log out"
            onClick={() => void logOut(setFailure)}
          >
            <Icon name="out" />
          </button>
        </div>
      </aside>
      <main id="main" tabIndex={-1}>
        {failure && <Failure error={failure} retry={() => void logOut(setFailure)} />}
        {!connected.value && (
          <p class="cut" role="status">
            The connection to the hub was lost. What you see may be old; connecting again …
          </p>
        )}
        <Boundary at={hrefOf(location.value.path, location.value.params)}>
          {screen ? <View screen={screen} rest={rest} /> : first !== '' && <Nowhere path={first} />}
        </Boundary>
      </main>
      {searching && <Palette onClose={() => setSearching(false)} />}
    </div>
  )
}

/** The cookie is out of reach of the page: as long as the hub has not taken it back, a reload would be logged in. */
async function logOut(setFailure: (error: HubError | undefined) => void): Promise<void> {
  setFailure(undefined)
  try {
    await request('session', { method: 'DELETE' })
    loggedOut()
  } catch (thrown) {
    const { code, message } = HubError.from(thrown)
    setFailure(new HubError(code, `You are still logged in: ${message}`, { cause: thrown }))
  }
}

function NavGroup({
  name,
  screens,
  current,
}: {
  readonly name: string
  readonly screens: readonly Screen[]
  readonly current: string
}) {
  if (screens.length === 0) return null
  return (
    <>
      <h2>{name}</h2>
      {screens.map(({ path, name: text, icon }) => (
        <a key={path} href={path} aria-current={path === current ? 'page' : undefined}>
          <Icon name={icon} />
          {text}
        </a>
      ))}
    </>
  )
}

function View({ screen, rest }: { readonly screen: Screen; readonly rest: readonly string[] }) {
  const { view: List, detail: Detail, path } = screen
  const [id] = rest
  if (id === undefined || id === '') return <List key={path} />
  if (Detail === undefined) return <Nowhere path={`${path}/${id}`} />
  const name = decodeURIComponent(id)
  return <Detail key={`${path}/${name}`} id={name} />
}

function Nowhere({ path }: { readonly path: string }) {
  return (
    <Empty title="There is no such view, or your key may not see it.">
      <p class="dim" dir="auto">
        {path}
      </p>
      <a href={visibleScreens()[0]?.path ?? ''}>To the first screen</a>
    </Empty>
  )
}
