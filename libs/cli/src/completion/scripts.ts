/** Shells that `alkhub completion` knows. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/**
 * Scripts that complete `alkhub` and `./alkhub`. Each calls the command itself, so they need no update when commands
 * change: `alkhub __complete WORD...` prints completions of the final word, one per line.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of alkhub for bash. Load it with: source <(./alkhub completion bash)
_alkhub() {
  local IFS=$'\\n'
  # Words are split at blanks alone, so that names with a colon stay whole.
  local -a words
  IFS=' ' read -r -a words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:COMP_POINT-1:1} == ' ' ]] && words+=('')
  COMPREPLY=($("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null))
}
complete -o default -F _alkhub alkhub ./alkhub
`,
  zsh: `#compdef alkhub
# Completion of alkhub for zsh. Load it with: source <(./alkhub completion zsh)
_alkhub() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _alkhub alkhub ./alkhub
`,
  fish: `# Completion of alkhub for fish. Load it with: ./alkhub completion fish | source
function __alkhub_complete
  set -l words (commandline -opc)
  $words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c alkhub -f -a '(__alkhub_complete)'
`,
}
