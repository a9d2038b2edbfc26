// The camera reads the code of a poster. Pictures stay on the device.

/** Read codes from the camera until one is taken or `stop` is called. */
export async function scan(video: HTMLVideoElement, taken: (text: string) => boolean): Promise<() => void> {
  const [{ default: jsQR }, stream] = await Promise.all([
    import("jsqr"),
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false }),
  ]);
  let over = false;
  const stop = (): void => {
    over = true;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  const look = (): void => {
    if (over || drawing === null) return;
    if (video.videoWidth > 0) {
      const scale = Math.min(1, 800 / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
      const { data, width, height } = drawing.getImageData(0, 0, canvas.width, canvas.height);
      const found = jsQR(data, width, height, { inversionAttempts: "dontInvert" });
      if (found !== null && found.data !== "" && taken(found.data)) {
        stop();
        return;
      }
    }
    setTimeout(look, 150);
  };
  look();
  return stop;
}
