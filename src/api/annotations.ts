/** Annotations of a KubeletConfig through which a person, or a command, speaks to the controller. */

/**
 * Any text that was not there before, e.g. the time: nodes on which the present content failed may try it
 * again, one at a time until one has proved it.
 */
export const retryAnnotation = 'kubelet-config.dev/retry';

/**
 * With `rollout.approval: Manual`: `<content>:<count>` or `<content>:all`. That many nodes may have, or get,
 * the content; an annotation for another content counts as none.
 */
export const approveAnnotation = 'kubelet-config.dev/approve';
