/** `kubelet-config completion`: prints a script with which a shell completes our command line. */

import { command } from '../command.ts';
import { type Shell, scripts, shells } from '../completion/scripts.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

const positional = { name: 'shell', describe: 'The shell that reads the script', choices: shells } as const;

export const completion = command({
  name: 'completion',
  positional,
  options: {},
  examples: [
    ['completion bash >/etc/bash_completion.d/kubelet-config', 'bash, for all users; needs the package bash-completion'],
    ['completion zsh >/usr/local/share/zsh/site-functions/_kubelet-config', 'zsh, for all users'],
    ['completion fish >~/.config/fish/completions/kubelet-config.fish', 'fish, for yourself'],
  ],
  epilogue:
    'Start a new shell afterwards. To try it in this one: `source <(kubelet-config completion bash)`; the same with zsh, after `compinit`; in fish, `kubelet-config completion fish | source`.\n' +
    'It completes commands, options, their values, and files. kubelet-config has to be in the PATH.',
  run: async ({ shell }: { readonly shell?: Shell }, { terminal }) => {
    if (shell === undefined) {
      throw new CommandFailure(exitCodes.usage, 'it is not said for which shell', `name one of ${shells.join(', ')}`);
    }
    terminal.out(scripts[shell].trimEnd());
    return exitCodes.ok;
  },
});
