// The limb as measured (solid) and as asked for (outline). A drawing: proportions and the coupling of the
// end segments are chosen to look right; the angles of the driven joints are the measured ones.
// Draws only when something moved.
import { THREE } from "nicegui-scene";

const RAD = Math.PI / 180;
const TURN_MS = 90; // time constant towards a new angle: hides the steps between frames
const FRAME_MS = 30;
const GHOST_DEG = 3;
const UP = new THREE.Vector3(0, 1, 0);

const skin = {
  shell: new THREE.MeshStandardMaterial({ color: 0x4b5b6b, roughness: 0.42, metalness: 0.35 }),
  dark: new THREE.MeshStandardMaterial({ color: 0x28333e, roughness: 0.6, metalness: 0.3 }),
  light: new THREE.MeshStandardMaterial({ color: 0xc9d5df, roughness: 0.35, metalness: 0.25 }),
  pad: new THREE.MeshStandardMaterial({ color: 0x182028, roughness: 0.95, metalness: 0.0 }),
  glow: new THREE.MeshStandardMaterial({ color: 0x4fd1c5, emissive: 0x2aa79b, emissiveIntensity: 0.8 }),
};
const outline = new THREE.MeshBasicMaterial({ color: 0x7df0e4, wireframe: true, transparent: true, opacity: 0.16, depthWrite: false });

function mesh(geometry, material, ghost) {
  return new THREE.Mesh(geometry, ghost ? outline : material);
}

// A rounded bar from the origin along +y.
function bar(radius, length, material, ghost) {
  const made = mesh(new THREE.CapsuleGeometry(radius, length, ghost ? 2 : 8, ghost ? 8 : 20), material, ghost);
  made.position.y = length / 2;
  return made;
}

function knuckle(radius, width, ghost) {
  const made = mesh(new THREE.CylinderGeometry(radius, radius, width, ghost ? 8 : 28), skin.light, ghost);
  made.rotation.z = Math.PI / 2;
  return made;
}

function at(object, x, y, z) {
  object.position.set(x, y, z);
  return object;
}

// Two segments; the second one follows the first. Returns [group, pose(flexion in degrees)].
function finger(radius, near, far, ghost) {
  const root = new THREE.Group();
  const first = bar(radius, near, skin.shell, ghost);
  const joint = at(new THREE.Group(), 0, near, 0);
  const second = bar(radius * 0.92, far, skin.dark, ghost);
  const tip = at(mesh(new THREE.SphereGeometry(radius * 0.86, 20, 14), skin.pad, ghost), 0, far, radius * 0.22);
  tip.scale.set(1, 1.25, 0.9);
  joint.add(second, knuckle(radius * 0.8, radius * 2.1, ghost));
  if (!ghost) joint.add(tip);
  root.add(first, joint, knuckle(radius * 1.02, radius * 2.2, ghost));
  return [root, (deg) => {
    root.rotation.x = deg * 0.9 * RAD;
    joint.rotation.x = (14 + deg * 0.85) * RAD;
  }];
}

function palmShape() {
  const shape = new THREE.Shape();
  shape.moveTo(-2.1, -4.2);
  shape.lineTo(2.0, -4.2);
  shape.bezierCurveTo(3.4, -3.6, 3.9, -1.6, 3.6, 0.4);
  shape.lineTo(3.55, 3.3);
  shape.bezierCurveTo(3.0, 4.1, -2.6, 4.0, -3.4, 2.6);
  shape.bezierCurveTo(-3.7, 0.0, -3.3, -3.2, -2.1, -4.2);
  return shape;
}

function hand(ghost) {
  const root = new THREE.Group();
  const poses = {};
  const palm = mesh(
    new THREE.ExtrudeGeometry(palmShape(), { depth: 1.2, bevelEnabled: true, bevelThickness: 0.5, bevelSize: 0.4, bevelSegments: ghost ? 1 : 6, curveSegments: ghost ? 4 : 24 }),
    skin.shell, ghost);
  at(palm, 0, 0, -0.6);
  if (!ghost) {
    root.add(palm);
    const pad = mesh(new THREE.CapsuleGeometry(1.5, 2.6, 8, 24), skin.pad);
    pad.scale.set(1.25, 1, 0.3);
    root.add(at(pad, -0.3, -0.5, 0.95));
    root.add(at(mesh(new THREE.CylinderGeometry(1.75, 1.95, 1.6, 40), skin.dark), 0, -5.3, 0));
    root.add(at(mesh(new THREE.CylinderGeometry(1.98, 1.98, 0.28, 40), skin.glow), 0, -6.2, 0));
    root.add(at(mesh(new THREE.CylinderGeometry(1.95, 2.25, 2.6, 40), skin.shell), 0, -7.6, 0));
  }
  const fingers = { index: [2.85, 3.75, 1.0, -5], middle: [0.95, 4.1, 1.08, -1], ring: [-0.95, 3.85, 1.0, 3], pinky: [-2.7, 3.05, 0.82, 7] };
  for (const [name, [x, y, size, spread]] of Object.entries(fingers)) {
    const [made, pose] = finger(0.8 * (0.7 + 0.3 * size), 3.7 * size, 3.1 * size, ghost);
    const base = at(new THREE.Group(), x, y, 0.1);
    base.rotation.z = spread * RAD;
    base.add(made);
    root.add(base);
    poses[name] = pose;
  }
  const turn = at(new THREE.Group(), 2.7, -2.7, 0.5); // the rotator's axis runs along the palm
  const [made, flex] = finger(0.88, 3.5, 3.0, ghost);
  const mount = new THREE.Group();
  mount.add(at(made, 0, 1.5, 0), bar(0.95, 1.4, skin.dark, ghost));
  if (!ghost) turn.add(mesh(new THREE.SphereGeometry(1.35, 28, 20), skin.dark));
  turn.add(mount);
  root.add(turn);
  poses.thumb_flexor = (deg) => flex(deg * 0.55);
  poses.thumb_rotator = (deg) => {
    turn.rotation.y = (deg + 8) * RAD;
    mount.rotation.set(0, -90 * RAD, (-42 + deg * 0.24) * RAD, "ZYX"); // out and up; it bends towards the palm
  };
  return { root, poses };
}

function ankle(ghost) {
  const root = new THREE.Group();
  const side = new THREE.Shape();
  side.moveTo(-2.4, 0.3);
  side.bezierCurveTo(-3.2, -0.6, -3.2, -2.4, -2.4, -2.7);
  side.lineTo(8.4, -2.7);
  side.bezierCurveTo(9.6, -2.6, 9.6, -1.6, 8.6, -1.35);
  side.bezierCurveTo(5.6, -0.7, 3.2, 0.6, 1.8, 1.1);
  side.bezierCurveTo(0.4, 1.5, -1.4, 1.3, -2.4, 0.3);
  const foot = mesh(
    new THREE.ExtrudeGeometry(side, { depth: 2.6, bevelEnabled: true, bevelThickness: 0.45, bevelSize: 0.3, bevelSegments: ghost ? 1 : 6, curveSegments: ghost ? 4 : 24 }),
    skin.shell, ghost);
  at(foot, 0, 0, -1.3);
  const moving = new THREE.Group();
  moving.add(foot);
  if (!ghost) {
    const hub = mesh(new THREE.CylinderGeometry(1.25, 1.25, 4.2, 40), skin.light);
    hub.rotation.x = Math.PI / 2;
    root.add(hub, at(mesh(new THREE.CylinderGeometry(1.15, 1.3, 9, 40), skin.dark), 0, 5.2, 0));
    root.add(at(mesh(new THREE.CylinderGeometry(1.9, 1.6, 2.6, 40), skin.shell), 0, 9.6, 0));
    root.add(at(mesh(new THREE.CylinderGeometry(1.62, 1.62, 0.28, 40), skin.glow), 0, 8.1, 0));
  }
  root.add(moving);
  return { root, poses: { ankle: (deg) => { moving.rotation.z = deg * RAD; } } };
}

// Other hands' names for the same joints; those turn their thumb in percent, from beside the palm to before it.
const OTHERS = {
  little: ["pinky", (percent) => percent],
  thumb: ["thumb_flexor", (percent) => percent],
  "thumb rotation": ["thumb_rotator", (percent) => -10 - 0.75 * percent],
};
function bend(poses, name, value) {
  const [known, turned] = OTHERS[name] ?? [name, (deg) => deg];
  poses[known]?.(turned(value));
}

export class Limb {
  constructor(canvas, setup) {
    this.canvas = canvas;
    this.names = setup.joints.map((joint) => joint.id);
    this.kind = setup.kind;
    this.instant = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.shown = this.names.map(() => 0);
    this.target = this.names.map(() => 0);
    this.wanted = this.names.map(() => 0);
    this.observer = new ResizeObserver(() => this.resize());
    if (this.kind === "none") return;
    try {
      this.renderer = canvas.innervateRenderer ??= new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true, powerPreference: "low-power" });
    } catch {
      return; // no WebGL: the angles stand beside the drawing as text
    }
    this.solid = this.kind === "hand" ? hand(false) : ankle(false);
    this.ghost = this.kind === "hand" ? hand(true) : ankle(true);
    this.scene = new THREE.Scene();
    this.scene.add(this.solid.root, this.ghost.root, ...lights());
    this.camera = new THREE.PerspectiveCamera(26, 1, 1, 120);
    this.observer.observe(canvas.parentElement);
    this.pose();
    this.resize();
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.next);
    this.closed = true;
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    if (!box.width || !box.height) return;
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio || 1));
    this.renderer.setSize(box.width, box.height, false);
    this.camera.aspect = box.width / box.height;
    const [middle, half, from] = this.kind === "hand"
      ? [new THREE.Vector3(1.0, 2.5, 0.9), 10.0, new THREE.Vector3(0.72, 0.16, 1)]
      : [new THREE.Vector3(2.6, 2.6, 0), 9.4, new THREE.Vector3(0.35, 0.22, 1)];
    const wide = this.kind === "hand" ? 7 : 8.5;
    const distance = Math.max(half, wide / this.camera.aspect) / Math.tan((this.camera.fov / 2) * RAD);
    this.camera.position.copy(middle).addScaledVector(from.normalize(), distance);
    this.camera.up.copy(UP);
    this.camera.lookAt(middle);
    this.camera.updateProjectionMatrix();
    this.render();
  }

  // Degrees per joint, in the limb's order; null where nothing was measured.
  move(position, setpoint) {
    if (!this.renderer) return;
    position.forEach((deg, i) => { if (deg !== null) this.target[i] = deg; });
    setpoint.forEach((deg, i) => { if (deg !== null) this.wanted[i] = deg; });
    if (!this.next) this.next = requestAnimationFrame((t) => this.turn(t));
  }

  turn(now) {
    this.next = 0;
    if (this.closed) return;
    const passed = now - (this.lastMs ?? -1e9);
    const moving = this.shown.some((deg, i) => Math.abs(deg - this.target[i]) > 0.2) || this.ghostChanged();
    if (!moving) return;
    if (passed >= FRAME_MS) {
      const share = this.instant ? 1 : 1 - Math.exp(-Math.min(passed, 100) / TURN_MS);
      this.shown = this.shown.map((deg, i) => deg + (this.target[i] - deg) * share);
      this.lastMs = now;
      this.pose();
      this.render();
    }
    this.next = requestAnimationFrame((t) => this.turn(t));
  }

  ghostChanged() {
    return this.wanted.some((deg, i) => deg !== this.drawn?.[i]);
  }

  pose() {
    this.drawn = [...this.wanted];
    this.names.forEach((name, i) => {
      bend(this.solid.poses, name, this.shown[i]);
      bend(this.ghost.poses, name, this.wanted[i]);
    });
    this.ghost.root.visible = this.wanted.some((deg, i) => Math.abs(deg - this.shown[i]) > GHOST_DEG);
  }

  render() {
    this.renderer.render(this.scene, this.camera);
  }
}

function lights() {
  const key = new THREE.DirectionalLight(0xffffff, 3.6);
  key.position.set(-6, 9, 10);
  const rim = new THREE.DirectionalLight(0x4fd1c5, 2.2);
  rim.position.set(9, 4, -8);
  const fill = new THREE.DirectionalLight(0xbcd4ff, 1.0);
  fill.position.set(8, -4, 8);
  return [new THREE.HemisphereLight(0xdfeaf5, 0x141b22, 1.3), key, rim, fill];
}
