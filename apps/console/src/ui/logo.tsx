/** The sign of the hub: spokes around a hub. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <g stroke="currentColor" stroke-width="2.4" stroke-linecap="round">
        <path d="M16 16 16 4M16 16 26.4 10M16 16 26.4 22M16 16 16 28M16 16 5.6 22M16 16 5.6 10" />
      </g>
      <rect x="11" y="11" width="10" height="10" rx="5" fill="currentColor" />
      <g fill="currentColor">
        <rect x="13.6" y="1.6" width="4.8" height="4.8" rx="2.4" />
        <rect x="24" y="7.6" width="4.8" height="4.8" rx="2.4" />
        <rect x="24" y="19.6" width="4.8" height="4.8" rx="2.4" />
        <rect x="13.6" y="25.6" width="4.8" height="4.8" rx="2.4" />
        <rect x="3.2" y="19.6" width="4.8" height="4.8" rx="2.4" />
        <rect x="3.2" y="7.6" width="4.8" height="4.8" rx="2.4" />
      </g>
    </svg>
  )
}
