#compdef sluice
# Completion of sluice in zsh: asks `sluice complete` at every press of Tab.
_sluice() {
  local -a answer offered
  local line
  answer=("${(@f)$(sluice complete $((CURRENT - 1)) "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case $answer[1] in
    files) _files ;;
    programs)
      # What follows -- is another program's line.
      local end=${words[(i)--]}
      shift $end words
      ((CURRENT -= end))
      _normal
      ;;
  esac
  for line in "${(@)answer[2,-1]}"; do
    offered+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  (($#offered)) && _describe -t sluice sluice offered
}
if [[ $funcstack[1] == _sluice ]]; then _sluice "$@"; else compdef _sluice sluice; fi
