const KEY = 'alkhub.theme'

/** The theme that was chosen in this browser; the system's when none was. */
export function startTheme(): void {
  const chosen = localStorage.getItem(KEY)
  if (chosen !== null) document.documentElement.dataset['theme'] = chosen
}

/** From light to dark or back. */
export function switchTheme(): void {
  const root = document.documentElement
  const systemDark = matchMedia('(prefers-color-scheme: dark)').matches
  const now = root.dataset['theme'] ?? (systemDark ? 'dark' : 'light')
  const next = now === 'dark' ? 'light' : 'dark'
  root.dataset['theme'] = next
  localStorage.setItem(KEY, next)
}
