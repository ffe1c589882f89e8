# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of portcullis for bash.

_portcullis() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words=
  local file_options='--trust --catalogs --at --map --macros --host-config --as --jobs -j --format --help -h'
  local judge_options='--policy --and --user --groups --facts --filter --by-effect --settings --strict --env --registry --srp-too'
  local service_options='--policy --config --macros --host-config --format --help -h'
  case $prev in
    --format)
      words='table json'
      [ "$command" = status ] && words='table json prometheus'
      [ "$command" = sddl ] && words=json
      [ "$command" = simulate ] && words='table json junit'
      [ "$command" = events ] && words='table json xml ocsf journald rfc5424 facts'
      ;;
    --rule-type) words='publisher path hash' ;;
    --publisher-level) words='all-signed publisher product file version' ;;
    --mode)
      words='not-configured audit enabled'
      [ "${COMP_WORDS[2]}" = edit ] && words='not-configured audit enabled'
      ;;
    --service-enforcement) words='not-configured enabled services-only' ;;
    --fail-on) words='change denial block never' ;;
    --as)
      words='execute load script install package open'
      [ "$command" = policy ] && words='cmdlet gpo'
      ;;
    --collection) words='Exe Dll Script Msi Appx ManagedInstaller' ;;
    --action) words='allow deny' ;;
    --publisher | --product | --low | --high | --hash | --except-path | --name | --description) return ;;
    --level) words='fully-trusted basic-user constrained untrusted disallowed' ;;
    --filter) words='Allowed AllowedByDefault Denied DeniedByDefault' ;;
    --user) words=$(compgen -u) ;;
    --scope) words='machine user' ;;
    --for)
      [ "$command" = srp ] || return
      words='host windows'
      ;;
    --to) words='regpol reg inf xml' ;;
    --accept-blocked) words='init libraries loader login packages portcullis repair shell sshd sudo' ;;
    --since | --until | --id | --request | --limit) return ;;
    --domain-sid | --token | --access) return ;;
    --at | --groups | --settings | --env | --jobs | -j | --try) return ;;
    --path | --binary | --output | -o | --origins | --on | --hash-of | --folders | --whole | --store | --socket | --policy | --former | --events | --and | --facts | --registry | --against | --config | --trust | --catalogs | --map | --macros | --host-config)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
  esac
  if [ -z "$words" ]; then
    if [ "$COMP_CWORD" -eq 1 ]; then
      words='inspect test explain simulate policy catalog regpol srp sddl serve status doctor events --help --version'
    elif [ "$command" = policy ] && [ "$COMP_CWORD" -eq 2 ]; then
      words='check show new lint compile sddl merge diff optimize edit set confirm revert --help'
    elif [ "$command" = policy ] && [ "${COMP_WORDS[2]}" = edit ] && [ "$COMP_CWORD" -eq 3 ]; then
      words='add-rule remove-rule set-mode apply --help'
    elif [ "$command" = catalog ] && [ "$COMP_CWORD" -eq 2 ]; then
      words='index --help'
    elif [ "$command" = srp ] && [ "$COMP_CWORD" -eq 2 ]; then
      words='show check test explain convert run to-applocker --help'
    elif [ "$command" = sddl ] && [ "$COMP_CWORD" -eq 2 ]; then
      words='parse print check --help'
    elif [[ $cur == -* ]]; then
      case $command in
        inspect) words="$file_options --weak-hashes --recursive -r --verbose -v" ;;
        test) words="$file_options $judge_options --summary" ;;
        explain) words="$file_options $judge_options" ;;
        simulate)
          words='--policy --former --facts --events --user --groups --format --fail-on --limit --settings --strict'
          words="$words --macros --host-config --jobs -j --help -h"
          ;;
        serve) words="$service_options --trust --catalogs --for --observe" ;;
        status) words='--format --socket --help -h' ;;
        doctor) words=$service_options ;;
        events) words='--since --until --id --user --path --request --limit --follow -f --format --store --help -h' ;;
        catalog) words='--catalogs --format --help -h' ;;
        regpol) words='--format --help -h' ;;
        srp)
          words='--scope --format --help -h'
          [ "${COMP_WORDS[2]}" = convert ] && words="$words --output -o --to"
          [ "${COMP_WORDS[2]}" = test ] && words="$file_options $judge_options --summary"
          [ "${COMP_WORDS[2]}" = explain ] && words="$file_options $judge_options"
          [ "${COMP_WORDS[2]}" = run ] && words='--level --macros --host-config --help -h'
          [ "${COMP_WORDS[2]}" = to-applocker ] &&
            words="$words --output -o --for --audit --env --registry --macros --host-config --against --facts --user --groups"
          ;;
        sddl)
          words='--domain-sid --format --help -h'
          [ "${COMP_WORDS[2]}" = check ] && words="$words --token --access --trace"
          ;;
        policy)
          case ${COMP_WORDS[2]} in
            merge) words='--as --output -o --help -h' ;;
            diff) words='--on --user --groups --settings --macros --host-config --format --help -h' ;;
            optimize) words='--join-hashes --settings --output -o --format --help -h' ;;
            edit)
              words='--output -o --help -h'
              [ "${COMP_WORDS[3]}" = set-mode ] && words="$words --collection --mode"
              [ "${COMP_WORDS[3]}" = add-rule ] &&
                words="$words --collection --action --user --path --publisher --product --binary --low --high --hash --hash-of --except-path --name --description --id"
              ;;
            show) words='--effective --strict --schema-only --format --help -h' ;;
            set) words='--undo --try --accept-blocked --policy --trust --catalogs --socket --config --macros --host-config --format --help -h' ;;
            lint) words='--format --min-severity --disable --host --folders --facts --macros --host-config --help -h' ;;
            compile) words='--output -o --format --help -h' ;;
            new) words="$file_options --recursive -r --facts --events --store --since --machine --host --folders --rule-type --optimize --whole --publisher-level --version --user --prefix --skip-missing --mode --service-enforcement --allow-windows --default-rules --deny-known-bypasses --output -o --origins" ;;
            confirm | revert) words='--config --socket --format --help -h' ;;
            sddl) words='--binary --strict --schema-only --format --help -h' ;;
            *) words='--strict --schema-only --format --help -h' ;;
          esac
          ;;
      esac
    else
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
    fi
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o filenames -F _portcullis portcullis
