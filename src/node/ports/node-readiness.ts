/** The condition Ready of the Node, as the API server has it. `src/cluster` implements it. */

/** The Node's condition Ready, as the API server has it at one moment. */
export type NodeReadiness =
  | {
      readonly kind: 'Seen';
      readonly isReady: boolean;
      /** The kubelet's own words where it is not ready. */
      readonly message: string;
      /** When the kubelet wrote it last: told apart from others only by whether it is the same. */
      readonly heartbeat: string;
      /** How long ago that was at most, in milliseconds. */
      readonly heartbeatAge: number;
    }
  /** There is no such Node, or it says nothing of being ready. */
  | { readonly kind: 'Absent' }
  | { readonly kind: 'Unreachable'; readonly reason: string };

/** Never throws. */
export type ReadNodeReadiness = () => Promise<NodeReadiness>;
