/** spec.launcher.existing: the kubelet.service that the node has already. */

import { object, optional, text, yesNo } from '../parts.ts';

export const existingSchema = object(
  "Leaves the node's own kubelet.service as it is, and adds flags and fields to what it says. Nothing that the node wrote is copied.",
  {
    argsVariable: optional(
      text(
        "The environment variable at the end of the node's command through which it takes further arguments. Default: the last one, if it is empty, as KUBELET_EXTRA_ARGS of kubeadm is; else the command is said again with a variable of ours at its end.",
        {
          maxLength: 128,
          pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
          expects: 'the name of an environment variable: letters, digits and _, not beginning with a digit',
        },
      ),
    ),
    volatile: optional(
      yesNo(
        'True if a node whose /etc is emptied by a boot may be changed: its kubelet is then restarted once more after each boot.',
      ),
    ),
  },
);
