/**
 * The address of the console, fixed at the start: the page is served with a relative base, which would follow the address of each view. Ends with a
 * slash.
 */
export const base = new URL('.', document.baseURI)
document.querySelector('base')?.setAttribute('href', base.href)

/** The address of the hub for other programs: the console lies directly below it. */
export const hubUrl = new URL('..', base).href.replace(/\/$/, '')
