/** The condition Ready of the Node, as the API server has it. `src/cluster` implements it. */

/** The Node's condition Ready at one moment. */
export type NodeReadiness =
  | {
      readonly kind: 'Seen';
      readonly isReady: boolean;
      /** The kubelet's own message; it says why the Node is not ready. */
      readonly message: string;
      /** When the kubelet last wrote the condition, as it wrote it. Compare for equality only. */
      readonly heartbeat: string;
      /** How long ago that was, in milliseconds, by the clock of this host. */
      readonly heartbeatAge: number;
    }
  /** There is no such Node, or it has no condition Ready. */
  | { readonly kind: 'Absent' }
  | { readonly kind: 'Unreachable'; readonly reason: string };

/** Reads the condition from the API server. Never throws. */
export type ReadNodeReadiness = () => Promise<NodeReadiness>;
