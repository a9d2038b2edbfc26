"""The compiled inner loops of the network. Importing them takes half a second; who needs one does so when it runs."""
