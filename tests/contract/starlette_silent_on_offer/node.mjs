const socket = new WebSocket("ws://127.0.0.1:8765/chat", ["chat"]);
socket.onopen = () => { console.log(socket.protocol || "none"); process.exit(); };
socket.onerror = () => { console.log("refused"); process.exit(); };
