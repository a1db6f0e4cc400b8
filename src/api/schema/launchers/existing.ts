/**
 * spec.launcher.existing: the kubelet.service that the node has already. Reserved: nothing implements it yet.
 */

import { object, optional, text } from '../parts.ts';

export const existingSchema = object(
  "Leaves the node's own kubelet.service as it is and adds flags and configuration to it through a drop-in. Not built yet.",
  {
    argsVariable: optional(
      text('The environment variable through which the unit takes further arguments. Default KUBELET_EXTRA_ARGS.', {
        maxLength: 128,
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        expects: 'the name of an environment variable: letters, digits and _, not beginning with a digit',
      }),
    ),
  },
);
