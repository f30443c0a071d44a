/** Another process has the session: this one writes nothing more of it, and starts nothing. */
export class ClaimLost extends Error {}
