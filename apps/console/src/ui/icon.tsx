const PATHS: Readonly<Record<string, string>> = {
  bell: 'M4 12V8a4 4 0 0 1 8 0v4l1 1H3zM7 14.5h2',
  tree: 'M3 3h4v3H3zM9 10h4v3H9zM5 6v5.500h4M9 5h4v3H9zM5 6.500h4',
  graph: 'M2 8h3M11 4l-6 4 6 4M11 2.500h3v3h-3zM11 10.500h3v3h-3z',
  list: 'M2 4h12M2 8h12M2 12h8',
  stack: 'M2 5l6-3 6 3-6 3zM2 8.500l6 3 6-3M2 11.500l6 3 6-3',
  flow: 'M2 2h4v4H2zM10 10h4v4h-4zM6 4h4a2 2 0 0 1 2 2v4',
  play: 'M4 3l9 5-9 5z',
  hub: 'M8 8V2M8 8l5 3M8 8l-5 3M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  coin: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM10 6c-1-1-4-1-4 .7 0 1.8 4 .8 4 2.600C10 11 7 11 6 10M8 4v8',
  key: 'M10 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM7 9l-5 5M4 12l1.5 1.5',
  pulse: 'M1 8h3l2-5 3 10 2-5h4',
  search: 'M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2zM11 11l3 3',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.5 1.500M11.5 11.5 13 13M3 13l1.5-1.500M11.5 4.5 13 3',
  out: 'M6 2H2v12h4M10 5l3 3-3 3M13 8H6',
  menu: 'M2 4h12M2 8h12M2 12h12',
}

/** A drawing of 16 x 16 in the colour of the text. */
export function Icon({ name }: { readonly name: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={PATHS[name] ?? ''}
        fill="none"
        stroke="currentColor"
        stroke-width="1.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}
