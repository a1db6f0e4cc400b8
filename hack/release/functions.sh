# Part of the scripts of packages, and of the archive's install.sh.

# Says what a removal leaves on the machine: everything that is applied, and the records to go back by.
say_what_stays() {
  [ -d /var/lib/kubelet-config ] || return 0
  applied=$("$1" status 2>/dev/null | awk '/^applied: / { on = 1; print; next } on && /^  / { print; next } { on = 0 }') || true
  if [ -n "$applied" ]; then
    echo 'kubelet-config: the kubelet keeps what was applied, and is not restarted:'
    echo "$applied" | sed 's/^/  /'
    echo 'To get back what was there before: install kubelet-config again, and run kubelet-config apply --withdraw.'
  fi
  echo 'kubelet-config: /var/lib/kubelet-config stays. It holds what was there before the first change.'
  if [ -e /etc/systemd/system/kubelet-config-undo.service ]; then
    echo 'kubelet-config: kubelet-config-undo.service stays. It undoes an unfinished change at boot, without this program.'
  fi
}

kubelet_config_services='kubelet-config-agent.service kubelet-config-cluster-agent.service'

has_systemd() { [ -d /run/systemd/system ]; }

# After new units were installed. Neither a reload nor another agent restarts a kubelet.
take_up_services() {
  has_systemd || return 0
  systemctl daemon-reload
  # shellcheck disable=SC2086 # two words
  systemctl try-restart $kubelet_config_services
}

# Before the units are removed.
give_up_services() {
  # shellcheck disable=SC2086 # two words
  if has_systemd; then systemctl disable --now $kubelet_config_services; else systemctl disable $kubelet_config_services; fi || true
}
