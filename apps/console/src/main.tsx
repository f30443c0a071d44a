import { render } from 'preact'
import { App } from './app.tsx'
import { startLinks } from './hub/log-in-link.ts'
import { startRouting } from './url/location.ts'
import { startClock } from './ui/clock.ts'
import { startTheme } from './ui/theme.ts'

startTheme()
startRouting()
startLinks()
startClock()
const root = document.querySelector('#app')
if (root !== null) render(<App />, root)
