// The limb as measured (solid) and as asked for (outline): the shapes and joints of the virtual limbs in MuJoCo
// (limb-model.js), turned by the angles that the limb says. Draws only when something moved.
import { THREE } from "nicegui-scene";
import { MODELS } from "/page/limb-model.js";

const RAD = Math.PI / 180;
const TURN_MS = 90; // time constant towards a new angle: hides the steps between frames
const FRAME_MS = 30;
const GHOST_DEG = 3;
const CM = 100; // of a metre: the scene's unit

const skins = {
  skin: new THREE.MeshStandardMaterial({ color: 0xb9907a, roughness: 0.8, metalness: 0.0 }),
  shell: new THREE.MeshStandardMaterial({ color: 0x4b5b6b, roughness: 0.42, metalness: 0.35 }),
  metal: new THREE.MeshStandardMaterial({ color: 0x8a98a5, roughness: 0.35, metalness: 0.45 }),
  light: new THREE.MeshStandardMaterial({ color: 0xc9d5df, roughness: 0.35, metalness: 0.25 }),
  pad: new THREE.MeshStandardMaterial({ color: 0x242f3a, roughness: 0.9, metalness: 0.05 }),
  accent: new THREE.MeshStandardMaterial({ color: 0x4fd1c5, emissive: 0x2aa79b, emissiveIntensity: 0.8 }),
};
const outline = new THREE.MeshBasicMaterial({ color: 0x7df0e4, wireframe: true, transparent: true, opacity: 0.13, depthWrite: false });

// MuJoCo gives half lengths, and rods along z; three.js whole ones, along y.
function geometry({ kind, size: [a, b, c] }, ghost) {
  const round = ghost ? 8 : 24;
  if (kind === "box") return new THREE.BoxGeometry(2 * a * CM, 2 * b * CM, 2 * c * CM);
  if (kind === "ellipsoid") return new THREE.SphereGeometry(1, round, round / 2).scale(a * CM, b * CM, c * CM);
  const rod = kind === "capsule"
    ? new THREE.CapsuleGeometry(a * CM, 2 * b * CM, ghost ? 2 : 8, round)
    : new THREE.CylinderGeometry(a * CM, a * CM, 2 * b * CM, round);
  return rod.rotateX(Math.PI / 2);
}

function place(object, { at: [x, y, z], turn: [w, i, j, k] }) {
  object.position.set(x * CM, y * CM, z * CM);
  object.quaternion.set(i, j, k, w);
  return object;
}

// A body with all that hangs on it; `poses` gets a function of degrees for each joint.
function limbOf(body, poses, ghost) {
  const root = place(new THREE.Group(), body);
  for (const shape of body.shapes) {
    if (ghost && shape.skin === "accent") continue;
    root.add(place(new THREE.Mesh(geometry(shape, ghost), ghost ? outline : skins[shape.skin]), shape));
  }
  for (const child of body.bodies) root.add(limbOf(child, poses, ghost));
  if (body.joint) {
    const { name, axis, of, bent = 0, per = 1 } = body.joint;
    const rest = root.quaternion.clone(), around = new THREE.Vector3(...axis), turn = new THREE.Quaternion();
    const pose = (deg) => root.quaternion.copy(rest).multiply(turn.setFromAxisAngle(around, (bent + deg * per) * RAD));
    (poses[of ?? name] ??= []).push(pose);
    pose(0);
  }
  return root;
}

function found(body, name) {
  return body.name === name ? body : body.bodies.map((child) => found(child, name)).find(Boolean);
}

// As much of the model as the limb has, and how it is held.
function drawn(kind, names, ghost) {
  const poses = {}, held = new THREE.Group(), has = (...some) => some.some((name) => names.includes(name));
  const leg = kind === "ankle", wrist = has("wrist rotation", "wrist flexion", "wrist deviation");
  const from = leg ? (has("knee") ? "base" : "shank") : has("elbow") ? "base" : wrist ? "forearm" : "wrist";
  const root = limbOf(found(leg ? MODELS.leg : MODELS.arm, from), poses, ghost);
  root.position.set(0, 0, 0);
  if (from !== "base") {
    root.quaternion.identity();
    delete poses[leg ? "knee" : "elbow"];
  }
  held.add(root);
  if (from === "wrist") held.rotation.set(0, -70 * RAD, 0); // fingers up
  if (from === "forearm") held.rotation.set(75 * RAD, 0, 0); // the thumb up
  return { root: held, poses, from };
}

// Other hands' names for the same joints; those turn their thumb in percent, from beside the palm to before it.
const OTHERS = {
  little: ["pinky", (percent) => percent],
  thumb: ["thumb_flexor", (percent) => percent],
  "thumb rotation": ["thumb_rotator", (percent) => -10 - 0.75 * percent],
};
function bend(poses, name, value) {
  const [known, turned] = OTHERS[name] ?? [name, (deg) => deg];
  poses[known]?.forEach((pose) => pose(turned(value)));
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
    this.solid = drawn(this.kind, this.names, false);
    this.ghost = drawn(this.kind, this.names, true);
    this.scene = new THREE.Scene();
    this.camera = new THREE.PerspectiveCamera(26, 1, 1, 600);
    this.camera.add(...lights());
    this.scene.add(this.solid.root, this.ghost.root, this.camera);
    this.camera.up.set(0, 0, 1);
    this.frame = this.framed();
    this.observer.observe(canvas.parentElement);
    this.pose();
    this.resize();
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.next);
    this.closed = true;
  }

  // Where the camera stands, and how much it must see: the limb in any posture.
  framed() {
    const box = new THREE.Box3(), { from } = this.solid, leg = this.kind === "ankle";
    const turned = (name, share) => name === "thumb_rotator" ? -90 * share : name === "elbow" || name === "knee" ? 90 * share : leg ? 25 * (2 * share - 1) : /wrist/.test(name) ? 0 : 90 * share;
    for (const share of [0, 0.5, 1]) {
      this.names.forEach((name) => bend(this.solid.poses, name, turned(name, share)));
      this.solid.root.updateMatrixWorld(true);
      box.union(new THREE.Box3().setFromObject(this.solid.root));
    }
    const middle = box.getCenter(new THREE.Vector3()), size = box.getSize(new THREE.Vector3());
    const looks = { wrist: [1, 0.45, 0.1], forearm: [0.3, 1, 0.25], shank: [0.45, -1, 0.2], base: leg ? [0.45, -1, 0.2] : [0.4, 1, 0.2] };
    return { middle, from: new THREE.Vector3(...looks[from]).normalize(), half: size.z / 2 + 1.5, wide: Math.hypot(size.x, size.y) / 2 + 1 };
  }

  resize() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    if (!box.width || !box.height) return;
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio || 1));
    this.renderer.setSize(box.width, box.height, false);
    this.camera.aspect = box.width / box.height;
    const { middle, from, half, wide } = this.frame;
    const distance = Math.max(half, wide / this.camera.aspect) / Math.tan((this.camera.fov / 2) * RAD);
    this.camera.position.copy(middle).addScaledVector(from, distance);
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

// They move with the camera.
function lights() {
  const light = (color, strength, x, y, z) => {
    const made = new THREE.DirectionalLight(color, strength);
    made.position.set(x, y, z);
    return [made, made.target];
  };
  const sky = new THREE.HemisphereLight(0xdfeaf5, 0x141b22, 1.3);
  return [sky, ...light(0xffffff, 3.0, -6, 9, 10), ...light(0x4fd1c5, 1.8, 9, 4, -8), ...light(0xbcd4ff, 1.0, 8, -4, 8)];
}
