/** What a package's manager runs when it installs, updates or removes it. */

import { readFileSync } from 'node:fs';

/** Functions for all of them, in POSIX sh. */
export const sharedFunctions = readFileSync('hack/release/functions.sh', 'utf8');

const head = `#!/bin/sh\nset -e\n${sharedFunctions}\n`;

/**
 * Debian's: https://www.debian.org/doc/debian-policy/ch-maintainerscripts.html. No service is enabled by an
 * installation: what has been put into /etc/kubelet-config.d long ago must not be applied by it.
 */
export const debianScripts = {
  postinst: `${head}if [ "$1" = configure ]; then take_up_services; fi\n`,
  prerm: `${head}if [ "$1" = remove ]; then
  say_what_stays /usr/bin/kubelet-config
  give_up_services
fi\n`,
  postrm: `#!/bin/sh\nset -e\nif [ -d /run/systemd/system ]; then systemctl daemon-reload; fi\n`,
} as const;

/** RPM's. Their first argument is the number of installed packages of this name afterwards. */
export const rpmScriptlets = {
  post: `${sharedFunctions}\nif has_systemd; then systemctl daemon-reload; fi\n`,
  preun: `${sharedFunctions}\nif [ "$1" = 0 ]; then
  say_what_stays /usr/bin/kubelet-config
  give_up_services
fi\n`,
  // An update removes the old package after it has installed the new one.
  postun: `${sharedFunctions}\nif [ "$1" = 0 ]; then
  if has_systemd; then systemctl daemon-reload; fi
else
  take_up_services
fi\n`,
} as const;
