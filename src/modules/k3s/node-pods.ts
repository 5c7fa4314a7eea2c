/** A pod of a node, as far as moving it away depends on it. */
export interface NodePod {
  readonly namespace: string;
  readonly name: string;
  /** Empty: the default runtime. */
  readonly runtimeClass: string;
  /** Kind of the object that makes it again when it is gone: "ReplicaSet", "DaemonSet", "Node" (a static pod); empty: nobody. */
  readonly owner: string;
}

/** Lines `NAMESPACE NAME CLASS,OWNER,PHASE`; pods that have ended are left out. */
export function parseNodePods(text: string): readonly NodePod[] {
  return text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const [namespace = '', name = '', rest = ''] = line.split(' ');
      const [runtimeClass = '', owner = '', phase = ''] = rest.split(',');
      return phase === 'Succeeded' || phase === 'Failed' ? [] : [{ namespace, name, runtimeClass, owner }];
    });
}
