"""What is known about Kubernetes objects: which make pods, what these ask for, on which machines they can run."""
