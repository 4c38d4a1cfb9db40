# Completion of sluice in fish: asks `sluice complete` at every press of Tab.
function __sluice_complete
    set -l tokens (commandline -opc) (commandline -ct)
    set -l words $tokens[2..]
    set -l answer (sluice complete (count $words) $words 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path (commandline -ct)
        case programs
            __fish_complete_command
    end
    test (count $answer) -gt 1; and printf '%s\n' $answer[2..]
end
complete -c sluice -f -a '(__sluice_complete)'
