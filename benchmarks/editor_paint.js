// Run in the page: watches a place of the map, and tells how long after a movement of the pointer it is blue, under range.
(() => {
  const state = { place: null, since: 0, took: null, frames: 0 };
  const blue = () => {
    const canvas = document.querySelector(".maplibregl-canvas");
    const gl = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
    const scale = canvas.width / canvas.clientWidth;
    const pixel = new Uint8Array(4);
    const [x, y] = [state.place[0] * scale, canvas.height - state.place[1] * scale];
    // Waits until everything is drawn; the buffer still is this frame's, and empty where the map drew nothing in it.
    gl.readPixels(x, y, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return pixel[3] > 0 && pixel[2] > pixel[1];
  };
  const frame = () => {
    if (!state.since) return;
    state.frames += 1;
    if (blue()) {
      state.took = performance.now() - state.since;
      state.since = 0;
    } else requestAnimationFrame(frame);
  };
  // After the map's own listeners, so that its frame is asked for before this one.
  addEventListener("mousemove", (event) => {
    if (!state.place || state.since || state.took !== null) return;
    state.since = event.timeStamp;
    requestAnimationFrame(frame);
  });
  window.paint = {
    watch: (x, y) => Object.assign(state, { place: [x, y], since: 0, took: null, frames: 0 }),
    state,
  };
})();
