# Completion of sluice in bash, 3.2 and newer: asks `sluice complete` at every press of Tab.
_sluice() {
  local IFS=$'\n' rest=${COMP_LINE:0:COMP_POINT} words=() word line i also= cut=
  # Bash cuts words at colons and equals signs too, which models and flags have: spaces alone tell where one ends.
  for ((i = 0; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then words+=("$word"); else words[${#words[@]} - 1]+=$word; fi
    rest=${rest#*"$word"}
  done
  if [[ $rest == [[:space:]]* ]]; then
    words+=("${rest#"${rest%%[![:space:]]*}"}")
  else
    words[${#words[@]} - 1]+=$rest
  fi
  word=${words[${#words[@]} - 1]}
  # Of a word that is offered, bash wants what comes after its last cut.
  [[ $word == *[:=]* && $COMP_WORDBREAKS == *[:=]* ]] && cut=${word%"${word##*[:=]}"}
  COMPREPLY=()
  while read -r line; do
    if [[ -z $also ]]; then
      also=${line:-nothing}
      continue
    fi
    line=${line%%$'\t'*}
    COMPREPLY+=("${line#"$cut"}")
  done < <(sluice complete $((${#words[@]} - 1)) "${words[@]:1}" 2>/dev/null)
  case $also in
    files)
      compopt -o filenames 2>/dev/null
      COMPREPLY+=($(compgen -f -- "${word#"$cut"}"))
      ;;
    programs) COMPREPLY+=($(compgen -c -- "$word")) ;;
  esac
}
complete -F _sluice sluice
